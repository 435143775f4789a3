package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The calls that make, enter and name network namespaces. Unshare and enter hold for the calling platform thread alone. */
public final class NamespaceCalls {
    // int unshare(int flags)
    private static final MethodHandle UNSHARE = Downcall.handle("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    // int setns(int fd, int nstype)
    private static final MethodHandle SETNS =
            Downcall.handle("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    // int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
    private static final MethodHandle MOUNT =
            Downcall.handle("mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    // int umount2(const char *target, int flags)
    private static final MethodHandle UMOUNT =
            Downcall.handle("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    private NamespaceCalls() {}

    /** Puts this thread into a new network namespace. */
    public static void unshareNetwork() throws SystemCallException {
        // SAFETY: no pointers; only this task's namespace changes.
        Downcall.run("unshare CLONE_NEWNET", state -> (int) UNSHARE.invokeExact(state, LinuxNumbers.CLONE_NEWNET));
    }

    /** Puts this thread into the network namespace. EINVAL: the descriptor is of another kind. */
    public static void enterNetwork(Fd namespace) throws IOException {
        int fd = namespace.number();
        // SAFETY: no pointers; only this task's namespace changes.
        Downcall.run("setns", state -> (int) SETNS.invokeExact(state, fd, LinuxNumbers.CLONE_NEWNET));
    }

    /** False for everything else, also a plain file. */
    public static boolean isNetworkNamespace(Fd fd) throws IOException {
        try {
            return fd.ioctl("NS_GET_NSTYPE", LinuxNumbers.NS_GET_NSTYPE, 0) == LinuxNumbers.CLONE_NEWNET;
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ENOTTY) {
                return false;
            }
            throw e;
        }
    }

    /** Lays {@code source} over the existing file {@code target}. */
    public static void bind(Path source, Path target) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(source.toString());
            MemorySegment to = arena.allocateFrom(target.toString());
            // SAFETY: both names are NUL-terminated and live until the call returns; a bind mount reads neither type
            // nor data.
            Downcall.run("mount --bind " + source + " " + target, state -> (int) MOUNT.invokeExact(
                    state, from, to, MemorySegment.NULL, (long) LinuxNumbers.MS_BIND, MemorySegment.NULL));
        }
    }

    /** Takes away what lies over the file. EINVAL: nothing does; ENOENT: there is no file. */
    public static void unmount(Path target) throws SystemCallException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(target.toString());
            // SAFETY: as above.
            Downcall.run("umount " + target, state -> (int) UMOUNT.invokeExact(state, name, LinuxNumbers.MNT_DETACH));
        }
    }
}
