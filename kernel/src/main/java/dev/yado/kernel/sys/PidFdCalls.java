package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** The two calls on process descriptors, for which older C libraries have no wrapper. Linux 5.3 or newer. */
public final class PidFdCalls {
    // long syscall(long number, ...): pidfd_open(pid_t pid, unsigned int flags)
    private static final MethodHandle OPEN =
            Downcall.variadic("syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
    // long syscall(long number, ...): pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)
    private static final MethodHandle SEND_SIGNAL = Downcall.variadic(
            "syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));

    private PidFdCalls() {}

    /** A descriptor that means this one process for ever; a zombie can be opened too. ESRCH: no such process. */
    public static Fd open(long pid) throws SystemCallException {
        int id = Math.toIntExact(pid);
        // SAFETY: no pointers; the new descriptor is close-on-exec by definition.
        return new Fd(Downcall.run("pidfd_open " + pid, state ->
                (long) OPEN.invokeExact(state, (long) LinuxNumbers.SYS_pidfd_open, id, 0)));
    }

    /** ESRCH: the process has exited. */
    public static void signal(Fd pidfd, int signal) throws IOException {
        int fd = pidfd.number();
        // SAFETY: the info pointer is NULL, which the kernel takes for "as kill() would fill it".
        Downcall.run("pidfd_send_signal " + signal, state ->
                (long) SEND_SIGNAL.invokeExact(state, (long) LinuxNumbers.SYS_pidfd_send_signal, fd, signal, 0L, 0));
    }
}
