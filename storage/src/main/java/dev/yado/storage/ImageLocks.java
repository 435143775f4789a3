package dev.yado.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The locks by which QEMU keeps others from a disk that it has open, on whatever host. */
final class ImageLocks {
    /** QEMU locks one byte for each thing that it does with the file. */
    private static final long FIRST = 100;

    private static final long COUNT = 64;

    private ImageLocks() {}

    /** Some QEMU has the file open. */
    static boolean held(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock(FIRST, COUNT, false)) {
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }
}
