package dev.yado.storage;

import dev.yado.protocol.image.Qcow2Header;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a disk's header says of its base.
 *
 * @param name relative to the disk's directory, so that the whole state directory can be moved
 * @param format as qemu-img calls it; empty in a header that leaves it to probing, which is never one of ours
 */
record Backing(String name, String format) {

    static Backing of(Path directory, Disk.Base base) {
        return new Backing(
                directory.relativize(base.file()).toString(),
                base.format().name().toLowerCase(Locale.ROOT));
    }

    static @Nullable Backing of(Qcow2Header header) {
        String name = header.backingFile();
        String format = header.backingFormat();
        return name == null ? null : new Backing(name, format == null ? "" : format);
    }
}
