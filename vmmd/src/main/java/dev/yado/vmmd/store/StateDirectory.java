package dev.yado.vmmd.store;

import dev.yado.protocol.HostId;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The directory that a daemon owns while it lives. Every parent of it must be traversable by the user that QEMU runs as; the
 * directory itself can be traversed but not listed by others.
 */
public final class StateDirectory implements AutoCloseable {
    private final Path root;
    private final FileChannel lockFile;
    private final HostId hostId;
    private final long incarnation;

    private StateDirectory(Path root, FileChannel lockFile, HostId hostId, long incarnation) {
        this.root = root;
        this.lockFile = lockFile;
        this.hostId = hostId;
        this.incarnation = incarnation;
    }

    /**
     * Makes the directory where it is missing, takes its lock and counts this start.
     *
     * @throws IOException with a sentence for the operator, also when another daemon holds the lock
     */
    public static StateDirectory open(Path directory) throws IOException {
        Path root = traversable(directory.toAbsolutePath().normalize()).toRealPath();
        FileChannel lockFile = lock(root);
        try {
            traversable(root.resolve("vms"));
            Files.createDirectories(root.resolve("tombstones"));
            HostId hostId = hostId(root.resolve("host-id"));
            Path counter = root.resolve("incarnation");
            long incarnation = Files.exists(counter) ? Long.parseLong(read(counter)) + 1 : 1;
            write(counter, Long.toString(incarnation));
            return new StateDirectory(root, lockFile, hostId, incarnation);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /** Whose the directory is; empty for one that no host has used. It needs no lock. */
    public static Optional<HostId> knownHostId(Path directory) throws IOException {
        Path file = directory.resolve("host-id");
        return Files.exists(file) ? Optional.of(HostId.of(read(file))) : Optional.empty();
    }

    /** The same, made where it is missing. */
    public static HostId claimHostId(Path directory) throws IOException {
        return hostId(
                traversable(directory.toAbsolutePath().normalize()).toRealPath().resolve("host-id"));
    }

    public Path root() {
        return root;
    }

    /** Made at the first start, the same for ever. */
    public HostId hostId() {
        return hostId;
    }

    /** Grows with every start. */
    public long incarnation() {
        return incarnation;
    }

    /** Leaves the daemon's address for those who asked for any free port. */
    public void publishAddress(String url) throws IOException {
        write(root.resolve("address"), url);
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }

    private static FileChannel lock(Path root) throws IOException {
        Path file = root.resolve("lock");
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (java.nio.channels.OverlappingFileLockException e) {
            // Another daemon in this same JVM: as good as another process.
        }
        if (lock == null) {
            channel.close();
            throw new IOException("the state directory " + root + " is in use by the daemon with process id "
                    + read(file) + ": stop that one first or give this one a directory of its own");
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)), 0);
        return channel;
    }

    private static HostId hostId(Path file) throws IOException {
        if (Files.exists(file)) {
            return HostId.of(read(file));
        }
        HostId fresh = HostId.random();
        write(file, fresh.toString());
        return fresh;
    }

    private static Path traversable(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return directory;
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    private static void write(Path file, String text) throws IOException {
        DurableFile.replace(file, (text + "\n").getBytes(StandardCharsets.UTF_8), Survives.POWER_CUT);
    }
}
