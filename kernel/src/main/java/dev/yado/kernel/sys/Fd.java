package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor, close-on-exec, closed once. After {@link #close} each call throws.
 * The owner sees to it that close does not race with another call: the kernel reuses numbers at once.
 */
public final class Fd implements AutoCloseable {
    // int open(const char *path, int flags, ...); the mode is needed only for O_CREAT, which is never given
    private static final MethodHandle OPEN =
            Downcall.handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    // int close(int fd)
    private static final MethodHandle CLOSE = Downcall.handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    // ssize_t read(int fd, void *buf, size_t count)
    private static final MethodHandle READ =
            Downcall.handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    // ssize_t write(int fd, const void *buf, size_t count)
    private static final MethodHandle WRITE =
            Downcall.handle("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    // int ioctl(int fd, unsigned long request, ...); the third is a long or a pointer, the same register
    private static final MethodHandle IOCTL =
            Downcall.variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    // int fcntl(int fd, int operation, ...); the third is an int
    private static final MethodHandle FCNTL =
            Downcall.variadic("fcntl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    // int poll(struct pollfd *fds, nfds_t nfds, int timeout)
    private static final MethodHandle POLL =
            Downcall.handle("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private static final int CLOSED = -1;

    private final AtomicInteger number;

    Fd(long number) {
        this.number = new AtomicInteger((int) number);
    }

    public static Fd openReadWrite(Path path) throws SystemCallException {
        return open(path, LinuxNumbers.O_RDWR);
    }

    public static Fd openReadOnly(Path path) throws SystemCallException {
        return open(path, LinuxNumbers.O_RDONLY);
    }

    public static Fd openReadOnlyNonBlocking(Path path) throws SystemCallException {
        return open(path, LinuxNumbers.O_RDONLY | LinuxNumbers.O_NONBLOCK);
    }

    private static Fd open(Path path, int flags) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            // SAFETY: name is NUL-terminated and lives until the call returns.
            return new Fd(Downcall.run(
                    "open " + path, state -> (int) OPEN.invokeExact(state, name, flags | LinuxNumbers.O_CLOEXEC)));
        }
    }

    /** Reads at most {@code size} bytes; an empty array is the end of the file. */
    public byte[] read(int size) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(size);
            int fd = number();
            // SAFETY: the kernel writes at most size bytes into a buffer of that size.
            long length = Downcall.run("read", state -> (long) READ.invokeExact(state, fd, buffer, (long) size));
            return buffer.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    /** Gives all bytes in one call; false when the kernel took fewer. */
    public boolean write(byte[] bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocateFrom(JAVA_BYTE, bytes);
            int fd = number();
            // SAFETY: the kernel reads the bytes of the buffer.
            return Downcall.run("write", state -> (long) WRITE.invokeExact(state, fd, buffer, (long) bytes.length))
                    == bytes.length;
        }
    }

    void writeLong(long value) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocateFrom(JAVA_LONG, value);
            int fd = number();
            // SAFETY: the kernel reads the eight bytes of the buffer.
            Downcall.run("write", state -> (long) WRITE.invokeExact(state, fd, buffer, JAVA_LONG.byteSize()));
        }
    }

    int ioctl(String name, long request, long argument) throws IOException {
        int fd = number();
        // SAFETY: without a pointer the kernel touches no memory of ours.
        return (int) Downcall.run("ioctl " + name, state -> (int) IOCTL.invokeExact(state, fd, request, argument));
    }

    /** @param struct of the layout and size that the request number states; it lives until the call returns */
    int ioctl(String name, long request, MemorySegment struct) throws IOException {
        return ioctl(name, request, struct.address());
    }

    /** True when something can be read now; for a pidfd: when the process has exited. */
    public boolean readable() throws IOException {
        return readable(Duration.ZERO);
    }

    /** Waits in this platform thread until something can be read, or a signal comes; false when nothing can. */
    public boolean readable(Duration patience) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pollfd = arena.allocate(LinuxLayouts.POLLFD);
            pollfd.set(JAVA_INT, LinuxLayouts.offset(LinuxLayouts.POLLFD, "fd"), number());
            pollfd.set(JAVA_SHORT, LinuxLayouts.offset(LinuxLayouts.POLLFD, "events"), (short) LinuxNumbers.POLLIN);
            int millis = Math.toIntExact(patience.toMillis());
            // SAFETY: one pollfd is given and one is counted.
            return Downcall.run("poll", state -> (int) POLL.invokeExact(state, pollfd, 1L, millis)) > 0;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EINTR) {
                return false;
            }
            throw e;
        }
    }

    /** The kernel's own file of what is open, which can be opened again, asked for its inode and bound to another name. */
    public Path path() throws IOException {
        return Path.of("/proc/self/fd/" + number());
    }

    /** Another descriptor of the same open file, close-on-exec, with a number that is at least {@code lowest}. */
    Fd duplicate(int lowest) throws IOException {
        int fd = number();
        // SAFETY: no pointers.
        return new Fd(Downcall.run("fcntl F_DUPFD_CLOEXEC", state ->
                (int) FCNTL.invokeExact(state, fd, LinuxNumbers.F_DUPFD_CLOEXEC, lowest)));
    }

    int number() throws IOException {
        int fd = number.get();
        if (fd == CLOSED) {
            throw new IOException("the descriptor is closed");
        }
        return fd;
    }

    @Override
    public void close() {
        int fd = number.getAndSet(CLOSED);
        if (fd == CLOSED) {
            return;
        }
        try {
            // SAFETY: the number is ours and was taken out of this object, so it is closed once.
            Downcall.run("close", state -> (int) CLOSE.invokeExact(state, fd));
        } catch (SystemCallException e) {
            // Linux frees the number even when close reports an error; nothing is left to do.
        }
    }
}
