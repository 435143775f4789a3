package dev.yado.vmmd.qemu;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * How QEMU reads and writes a disk file.
 *
 * @param direct past the host's page cache
 */
public record DiskAccess(Aio aio, boolean direct) {
    public enum Aio {
        IO_URING("io_uring"),
        NATIVE("native"),
        THREADS("threads");

        final String wire;

        Aio(String wire) {
            this.wire = wire;
        }
    }

    private static final Path IO_URING_SWITCH = Path.of("/proc/sys/kernel/io_uring_disabled");

    /**
     * The fastest that the file system of {@code directory}, the kernel and QEMU allow.
     *
     * @throws IOException when no file can be made in the directory
     */
    public static DiskAccess best(Path directory, boolean qemuKnowsIoUring) throws IOException {
        if (!takesDirectAccess(directory)) {
            return new DiskAccess(Aio.THREADS, false);
        }
        return new DiskAccess(qemuKnowsIoUring && kernelAllowsIoUring() ? Aio.IO_URING : Aio.NATIVE, true);
    }

    private static boolean takesDirectAccess(Path directory) throws IOException {
        Path probe = Files.createTempFile(directory, ".direct-io", ".probe");
        try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            return channel.isOpen();
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        } finally {
            Files.delete(probe);
        }
    }

    /** The switch came with Linux 6.6; before it io_uring can be used by everybody wherever it is built in. */
    private static boolean kernelAllowsIoUring() throws IOException {
        return Files.exists(IO_URING_SWITCH)
                && Files.readString(IO_URING_SWITCH).strip().equals("0");
    }
}
