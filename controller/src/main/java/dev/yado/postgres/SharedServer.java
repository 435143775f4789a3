package dev.yado.postgres;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which controllers use the server of a state directory, and whose turn it is to start or stop it. Any number may use it; the one
 * that leaves last stops it. The kernel lets go of both when a controller dies, however it dies.
 *
 * <p>In {@code pg.lock} byte 0 is the turn (exclusive), byte 1 the use (shared). Such locks belong to a process, so a process uses a
 * directory once.
 */
final class SharedServer implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final long TURN = 0;
    private static final long USE = 1;
    private static final Set<Path> USED_HERE = ConcurrentHashMap.newKeySet();

    private final Path state;
    private final FileChannel channel;
    private @Nullable FileLock use;

    private SharedServer(Path state, FileChannel channel) {
        this.state = state;
        this.channel = channel;
    }

    static SharedServer of(Path state) {
        if (!USED_HERE.add(state)) {
            throw new EmbeddedPostgresException(
                    "The state directory " + state + " is in use by this process already.",
                    "Give each controller of a process a state directory of its own (yado.state).");
        }
        Path file = state.resolve("pg.lock");
        try {
            return new SharedServer(
                    state,
                    FileChannel.open(
                            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } catch (IOException failure) {
            USED_HERE.remove(state);
            throw new EmbeddedPostgresException(
                    "Cannot open " + file + ": " + failure, "Check the owner and the mode of " + state + ".", failure);
        }
    }

    /** Held while the server is started, attached to or stopped. */
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** @throws EmbeddedPostgresException when another controller does not end its turn in that time */
    Turn turn(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            FileLock lock = tryLock(TURN, false);
            if (lock != null) {
                return () -> release(lock);
            }
            if (System.nanoTime() > end) {
                throw new EmbeddedPostgresException(
                        "Another controller has been starting or stopping the database of " + state + " for "
                                + patience.toSeconds() + " s.",
                        "Look at that controller and at pg.log in the state directory.");
            }
            Thread.sleep(PAUSE);
        }
    }

    /** In one's turn: this controller uses the server. */
    void use() {
        use = tryLock(USE, true);
    }

    /** In one's turn: this controller uses it no more. @return whether nobody else does, so that it is to be stopped */
    boolean leave() {
        FileLock mine = use;
        if (mine != null) {
            release(mine);
            use = null;
        }
        FileLock all = tryLock(USE, false);
        if (all == null) {
            return false;
        }
        release(all);
        return true;
    }

    private @Nullable FileLock tryLock(long place, boolean shared) {
        try {
            return channel.tryLock(place, 1, shared);
        } catch (OverlappingFileLockException anotherThreadsTurn) {
            return null;
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot lock pg.lock in " + state + ": " + failure,
                    "Put the state directory on a file system with locks.",
                    failure);
        }
    }

    private static void release(FileLock lock) {
        try {
            lock.release();
        } catch (IOException failure) {
            throw new EmbeddedPostgresException("Cannot release pg.lock: " + failure, "Nothing to do.", failure);
        }
    }

    /** Lets go of everything without stopping the server. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new EmbeddedPostgresException("Cannot close pg.lock: " + failure, "Nothing to do.", failure);
        } finally {
            USED_HERE.remove(state);
        }
    }
}
