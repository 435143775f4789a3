package dev.yado.protocol.backup;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in one place of a backup, as a host reads it: {@code GET /v1/repositories/{name}/backups/{backup}/files?path=}, and
 * {@code .../files/content?path=} for the bytes of one file. Names, modes and times are what a guest has written.
 *
 * @param truncated there is more
 */
public record FileListing(List<Entry> entries, boolean truncated) {
    /** No more than these are told at once. */
    public static final int MOST = 10_000;

    public FileListing {
        entries = List.copyOf(entries);
    }

    /**
     * @param path from the disk on, as in {@code 0p1/etc/hostname}: to be asked for again as it is
     * @param bytes null when it says none
     * @param mode as the file system has it; empty: it says none
     * @param modified likewise
     * @param target of a LINK; null otherwise
     */
    public record Entry(
            String path,
            Kind kind,
            @Nullable Long bytes,
            String mode,
            String modified,
            @Nullable String target) {}

    public enum Kind {
        /** A disk, or a partition of it: what paths begin with. */
        VOLUME,
        FOLDER,
        FILE,
        LINK
    }
}
