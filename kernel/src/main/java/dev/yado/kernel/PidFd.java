package dev.yado.kernel;

import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.PidFdCalls;
import dev.yado.kernel.sys.SpawnCalls;
import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A hold on one process, a child or not, that a reused pid cannot deceive. Got from {@link ProcessWatcher#open}.
 * Closing does nothing to the process.
 */
public final class PidFd implements AutoCloseable {
    private final ProcessIdentity identity;
    private final Fd fd;
    private final ProcessWatcher watcher;
    private final long token;
    private final CompletableFuture<Void> exit;

    PidFd(ProcessIdentity identity, Fd fd, ProcessWatcher watcher, long token, CompletableFuture<Void> exit) {
        this.identity = identity;
        this.fd = fd;
        this.watcher = watcher;
        this.token = token;
        this.exit = exit;
    }

    public ProcessIdentity identity() {
        return identity;
    }

    /** True from the moment the process has ended, also while it is a zombie. */
    public synchronized boolean exited() throws IOException {
        return fd.readable();
    }

    /** Completes in a virtual thread of its own when the process ends; fails with a cancellation when this or the watcher is closed. */
    public CompletableFuture<Void> onExit() {
        // Not copy(): whoever completes or awaits a future may have to run what hangs on it.
        return exit.thenRunAsync(() -> {}, Thread::startVirtualThread);
    }

    /**
     * Waits until the process has ended; a virtual thread gives its carrier away meanwhile.
     *
     * @throws CancellationException when this or the watcher is closed
     */
    public void await() throws InterruptedException {
        try {
            exit.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As {@link #await()}, but no longer than the timeout; false when the process lives on. */
    public boolean await(Duration timeout) throws InterruptedException {
        try {
            exit.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Sends a signal by its Linux number (15 = SIGTERM, 9 = SIGKILL); 0 only asks.
     *
     * @return false when the process has ended and been reaped
     */
    public synchronized boolean signal(int number) throws IOException {
        try {
            PidFdCalls.signal(fd, number);
            return true;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ESRCH) {
                return false;
            }
            throw e;
        }
    }

    /**
     * How it ended; the kernel forgets a child with this. To be asked once, after it has exited.
     *
     * @return empty for a process that is not our child: its exit status is not to be had
     */
    public synchronized Optional<ExitStatus> reap() throws IOException {
        SpawnCalls.End end = SpawnCalls.reap(fd);
        return end == null
                ? Optional.empty()
                : Optional.of(
                        end.exited() ? new ExitStatus.Exited(end.status()) : new ExitStatus.Signalled(end.status()));
    }

    @Override
    public synchronized void close() {
        watcher.forget(token, fd);
        fd.close();
        exit.cancel(false);
    }
}
