package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Interrupts a system call of one thread with SIGURG. Its handler is libc's {@code abs}: it has a handler's signature,
 * touches nothing and returns. SIGURG is free: the JVM does not use it, and it is ignored wherever no handler is set.
 */
final class ThreadKick {
    // int sigaction(int signum, const struct sigaction *act, struct sigaction *oldact)
    private static final MethodHandle SIGACTION =
            Downcall.handle("sigaction", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    // int gettid(void)
    private static final MethodHandle GETTID = Downcall.handle("gettid", FunctionDescriptor.of(JAVA_INT));
    // long syscall(long number, ...): tgkill(pid_t tgid, pid_t tid, int sig)
    private static final MethodHandle TGKILL =
            Downcall.variadic("syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));

    private final int thread;

    private ThreadKick(int thread) {
        this.thread = thread;
    }

    /** For the calling platform thread, which must live as long as {@link #kick} may be called. */
    static ThreadKick ofThisThread() throws SystemCallException {
        installHandler();
        // SAFETY: no arguments.
        return new ThreadKick((int) Downcall.run("gettid", state -> (int) GETTID.invokeExact(state)));
    }

    void kick() throws SystemCallException {
        int process = Math.toIntExact(ProcessHandle.current().pid());
        // SAFETY: the thread group is given, so a reused thread id cannot be of another process; the handler is
        // harmless.
        Downcall.run("tgkill", state ->
                (long) TGKILL.invokeExact(state, (long) LinuxNumbers.SYS_tgkill, process, thread, LinuxNumbers.SIGURG));
    }

    /** Without SA_RESTART, so that the call ends with EINTR. */
    private static void installHandler() throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(LinuxLayouts.SIGACTION);
            action.set(
                    JAVA_LONG,
                    LinuxLayouts.offset(LinuxLayouts.SIGACTION, "sa_handler"),
                    Downcall.address("abs").address());
            // SAFETY: abs(int) is reentrant code of libc, which is never unloaded; the struct outlives the call.
            Downcall.run("sigaction", state ->
                    (int) SIGACTION.invokeExact(state, LinuxNumbers.SIGURG, action, MemorySegment.NULL));
        }
    }
}
