package dev.yado.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A disk's file as it lies there.
 *
 * @param bytes length of the file; -1 when it is missing or cannot be read
 * @param inode of the file; 0 when it is missing
 * @param restoring it still lacks something of its backup
 * @param problem a part of a sentence; null when nothing is wrong. The content of a disk in use is not looked at
 */
public record DiskSighting(
        Path file,
        long bytes,
        long inode,
        boolean restoring,
        @Nullable String problem) {
    public boolean missing() {
        return bytes < 0 && inode == 0;
    }
}
