package dev.yado.kernel;

import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.NamespaceCalls;
import dev.yado.kernel.sys.NftContext;
import dev.yado.kernel.sys.SystemCallException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * A hold on one network namespace. One that has been given the name of a file outlives this process, and one that is held lives on
 * without its file. Sockets, TAPs and library contexts that are opened {@linkplain #call inside} stay there and may be used from any
 * thread.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final Path OF_THIS_THREAD = Path.of("/proc/thread-self/ns/net");

    private final Fd fd;
    private final long inode;
    /** Kept from the first rules on; it holds the namespace as well. */
    private @Nullable NftContext rules;

    /** What runs inside. It does not wait: nothing can interrupt it. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    private NetworkNamespace(Fd fd) throws IOException {
        this.fd = fd;
        this.inode = inode(fd.path());
    }

    /** Makes one with a loopback device, which is down, and gives it the name of a file that is not there or has no namespace. */
    public static NetworkNamespace create(Path file) throws IOException {
        NetworkNamespace created = onThreadOfItsOwn(() -> {
            NamespaceCalls.unshareNetwork();
            return new NetworkNamespace(Fd.openReadOnly(OF_THIS_THREAD));
        });
        try {
            created.name(file);
            return created;
        } catch (IOException | RuntimeException e) {
            created.close();
            throw e;
        }
    }

    /** Takes hold of the one that the file names; none when there is no such file, or it is an ordinary one. */
    public static Optional<NetworkNamespace> open(Path file) throws IOException {
        Fd fd;
        try {
            fd = Fd.openReadOnlyNonBlocking(file);
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
        try {
            if (NamespaceCalls.isNetworkNamespace(fd)) {
                return Optional.of(new NetworkNamespace(fd));
            }
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
        fd.close();
        return Optional.empty();
    }

    /** The one that this process was started in. */
    public static NetworkNamespace ofThisProcess() throws IOException {
        return new NetworkNamespace(Fd.openReadOnly(Path.of("/proc/self/ns/net")));
    }

    /** Gives it the name of a file, which is made where it is missing and must not have one already. */
    public void name(Path file) throws IOException {
        boolean made = true;
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            made = false;
        }
        try {
            NamespaceCalls.bind(fd.path(), file);
        } catch (IOException e) {
            if (made) {
                Files.deleteIfExists(file);
            }
            throw e;
        }
    }

    /**
     * Takes the name away and deletes the file; does nothing where there is none. The namespace ends when nothing holds it any
     * more: processes, sockets, TAPs.
     */
    public static void forget(Path file) throws IOException {
        while (unmounted(file)) {
            // One name may lie over another.
        }
        Files.deleteIfExists(file);
    }

    private static boolean unmounted(Path file) throws IOException {
        try {
            NamespaceCalls.unmount(file);
            return true;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Runs the work in a platform thread that is inside and ends with it. A process that the work starts is inside as well; so would
     * be a thread, for as long as it lives: it must start none.
     */
    public <T> T call(Work<T> work) throws IOException {
        return onThreadOfItsOwn(() -> {
            NamespaceCalls.enterNetwork(fd);
            return work.run();
        });
    }

    private static <T> T onThreadOfItsOwn(Work<T> work) throws IOException {
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread.ofPlatform().daemon().name("in-namespace").start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether both hold the same one. */
    public boolean same(NetworkNamespace other) {
        return inode == other.inode;
    }

    /** Whether the file names this one now. */
    public boolean hasName(Path file) throws IOException {
        try {
            return inode(file) == inode && isNamespace(file);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static boolean isNamespace(Path file) throws IOException {
        try (Fd opened = Fd.openReadOnlyNonBlocking(file)) {
            return NamespaceCalls.isNetworkNamespace(opened);
        }
    }

    private static long inode(Path file) throws IOException {
        return ((Number) Files.getAttribute(file, "unix:ino")).longValue();
    }

    /** For the packages of this module alone. */
    public Fd fd() {
        return fd;
    }

    /** One at a time. What has failed is not relied on: the next one begins anew. */
    synchronized NftContext.Answer runRules(String script, boolean json) throws IOException {
        fd.path(); // Throws where it is closed: nobody would close a context that is opened then.
        boolean done = false;
        try {
            NftContext.Answer answer = call(() -> {
                NftContext context = rules == null ? NftContext.open() : rules;
                rules = context;
                return context.run(script, json);
            });
            done = !answer.failed();
            return answer;
        } finally {
            if (!done) {
                forgetRules();
            }
        }
    }

    private synchronized void forgetRules() {
        if (rules != null) {
            rules.close();
            rules = null;
        }
    }

    /** Lets go; what has a name or is used by something else lives on. */
    @Override
    public void close() {
        forgetRules();
        fd.close();
    }
}
