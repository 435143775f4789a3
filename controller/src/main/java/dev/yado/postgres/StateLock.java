package dev.yado.postgres;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One controller per state directory. The kernel lets go of the lock when its holder dies, however it dies. */
final class StateLock implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final FileChannel channel;

    private StateLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits that long for a predecessor that is just stopping, then refuses. */
    static StateLock take(Path state, Duration patience) {
        Path file = state.resolve("pg.lock");
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            long end = System.nanoTime() + patience.toNanos();
            while (lock(channel) == null) {
                if (System.nanoTime() > end) {
                    channel.close();
                    throw new EmbeddedPostgresException(
                            "The state directory " + state + " is in use by another controller, process "
                                    + Files.readString(file).strip() + ".",
                            "Stop that one or give another state directory (yado.state). Several controllers share a"
                                    + " database through spring.datasource.url.");
                }
                Thread.sleep(PAUSE);
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
            return new StateLock(channel);
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot lock " + file + ": " + failure, "Check the owner and the mode of " + state + ".", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException(
                    "Interrupted while waiting for " + file + ".",
                    "Nothing to do: the controller is stopping.",
                    interrupted);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldInThisProcess) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot let go of the state directory: " + failure, "Nothing to do.", failure);
        }
    }
}
