package dev.yado.kernel;

import dev.yado.kernel.sys.Epoll;
import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.PidFdCalls;
import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees the end of any number of processes with one platform thread. One per daemon.
 * Closing it cancels what is still awaited and touches no process.
 */
public final class ProcessWatcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ProcessWatcher.class);

    private final ProcFs proc;
    private final Epoll epoll;
    private final Map<Long, CompletableFuture<Void>> awaited = new ConcurrentHashMap<>();
    private final AtomicLong lastToken = new AtomicLong(Epoll.WOKEN);
    private final Thread thread;
    private volatile boolean closed;

    private ProcessWatcher(ProcFs proc, Epoll epoll) {
        this.proc = proc;
        this.epoll = epoll;
        this.thread = Thread.ofPlatform().daemon().name("process-watcher").unstarted(this::watch);
    }

    public static ProcessWatcher start() throws IOException {
        ProcessWatcher watcher = new ProcessWatcher(ProcFs.ofHost(), new Epoll());
        watcher.thread.start();
        return watcher;
    }

    /**
     * Takes hold of a process. Its identity is compared before and after, so that the hold is on no other process
     * even if the pid is given away in between.
     *
     * @throws ProcessGoneException when it has ended and been reaped, or its pid belongs to another process now
     */
    public PidFd open(ProcessIdentity identity) throws IOException {
        if (closed) {
            throw new IOException("the process watcher is closed");
        }
        requireSame(identity);
        Fd fd = pidfd(identity);
        try {
            requireSame(identity);
        } catch (IOException e) {
            fd.close();
            throw e;
        }
        return watch(identity, fd);
    }

    /** As {@link #open}, of a child that nobody has reaped: its pid cannot be another's. */
    PidFd openChild(long pid) throws IOException {
        ProcessIdentity identity =
                proc.identity(pid).orElseThrow(() -> new IOException("process " + pid + " is not in /proc"));
        return watch(identity, pidfd(identity));
    }

    private PidFd watch(ProcessIdentity identity, Fd fd) throws IOException {
        long token = lastToken.incrementAndGet();
        CompletableFuture<Void> exit = new CompletableFuture<>();
        try {
            awaited.put(token, exit);
            epoll.add(fd, token);
        } catch (IOException e) {
            awaited.remove(token);
            fd.close();
            throw e;
        }
        if (closed) {
            exit.cancel(false); // the watching thread may have ended before it could know of this one
        }
        return new PidFd(identity, fd, this, token, exit);
    }

    private void requireSame(ProcessIdentity identity) throws IOException {
        if (!proc.bootId().equals(identity.bootId())) {
            throw new ProcessGoneException(identity, "the host has been rebooted");
        }
        ProcessInfo now =
                proc.process(identity.pid()).orElseThrow(() -> new ProcessGoneException(identity, "no such process"));
        if (now.startTicks() != identity.startTicks()) {
            throw new ProcessGoneException(identity, "its pid belongs to a process started at another time");
        }
    }

    private static Fd pidfd(ProcessIdentity identity) throws IOException {
        try {
            return PidFdCalls.open(identity.pid());
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ESRCH) {
                throw new ProcessGoneException(identity, "no such process");
            }
            throw e;
        }
    }

    /** The caller still owns an open descriptor and lets no other thread close it. */
    void forget(long token, Fd fd) {
        if (awaited.remove(token) == null) {
            return;
        }
        try {
            epoll.remove(fd);
        } catch (IOException e) {
            log.debug("descriptor was not watched any more: {}", e.getMessage());
        }
    }

    private void watch() {
        try {
            while (!closed) {
                for (long token : epoll.await()) {
                    CompletableFuture<Void> exit = awaited.remove(token);
                    if (exit != null) {
                        exit.complete(null); // runs no callback here: PidFd gives each a thread of its own
                    }
                }
            }
        } catch (IOException e) {
            log.error("the process watcher stops: exits are no longer noticed", e);
        } finally {
            closed = true;
            awaited.values().forEach(exit -> exit.cancel(false));
            awaited.clear();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            epoll.wake();
            thread.join();
            epoll.close();
        } catch (IOException e) {
            log.debug("the process watcher was closed before: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
