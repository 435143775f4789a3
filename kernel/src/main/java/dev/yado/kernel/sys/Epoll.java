package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.LinuxLayouts.EPOLL_EVENT;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.stream.LongStream;

/** Waits for many descriptors in one thread; any thread may add, remove and {@link #wake}. */
public final class Epoll implements AutoCloseable {
    // int epoll_create1(int flags)
    private static final MethodHandle CREATE =
            Downcall.handle("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
    private static final MethodHandle CTL =
            Downcall.handle("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    // int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
    private static final MethodHandle WAIT =
            Downcall.handle("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    // int eventfd(unsigned int initval, int flags)
    private static final MethodHandle EVENTFD =
            Downcall.handle("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

    /** What {@link #await} gives for a call of {@link #wake}; never use it as a token. */
    public static final long WOKEN = 0;

    private static final int BATCH = 64;
    private static final int FOR_EVER = -1;
    private static final long DATA = LinuxLayouts.offset(EPOLL_EVENT, "data");

    private final Fd epoll;
    private final Fd wakeUp;

    public Epoll() throws IOException {
        // SAFETY: no pointers.
        epoll = new Fd(
                Downcall.run("epoll_create1", state -> (int) CREATE.invokeExact(state, LinuxNumbers.EPOLL_CLOEXEC)));
        // SAFETY: no pointers.
        wakeUp = new Fd(Downcall.run("eventfd", state ->
                (int) EVENTFD.invokeExact(state, 0, LinuxNumbers.EFD_CLOEXEC | LinuxNumbers.EFD_NONBLOCK)));
        control(LinuxNumbers.EPOLL_CTL_ADD, wakeUp, LinuxNumbers.EPOLLIN, WOKEN);
    }

    /** Reports {@code token} once, when the descriptor becomes readable. */
    public void add(Fd fd, long token) throws IOException {
        control(LinuxNumbers.EPOLL_CTL_ADD, fd, LinuxNumbers.EPOLLIN | LinuxNumbers.EPOLLONESHOT, token);
    }

    public void remove(Fd fd) throws IOException {
        control(LinuxNumbers.EPOLL_CTL_DEL, fd, 0, WOKEN);
    }

    private void control(int operation, Fd fd, int events, long token) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EPOLL_EVENT);
            event.set(JAVA_INT, LinuxLayouts.offset(EPOLL_EVENT, "events"), events);
            event.set(JAVA_LONG_UNALIGNED, DATA, token);
            int self = epoll.number();
            int other = fd.number();
            // SAFETY: the kernel reads one epoll_event during the call.
            Downcall.run("epoll_ctl", state -> (int) CTL.invokeExact(state, self, operation, other, event));
        }
    }

    /** Blocks this platform thread until something happens; gives the tokens, or none after a signal. */
    public long[] await() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate(EPOLL_EVENT, BATCH);
            int self = epoll.number();
            // SAFETY: the kernel writes at most BATCH events, for which there is room.
            long count =
                    Downcall.run("epoll_wait", state -> (int) WAIT.invokeExact(state, self, events, BATCH, FOR_EVER));
            return LongStream.range(0, count)
                    .map(i -> events.get(JAVA_LONG_UNALIGNED, i * EPOLL_EVENT.byteSize() + DATA))
                    .toArray();
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EINTR) {
                return new long[0];
            }
            throw e;
        }
    }

    /** Ends the wait of the other thread, now or at its next {@link #await}. */
    public void wake() throws IOException {
        wakeUp.writeLong(1);
    }

    /** Only when no thread is in {@link #await}. */
    @Override
    public void close() {
        wakeUp.close();
        epoll.close();
    }
}
