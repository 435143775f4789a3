package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Starts processes that inherit nothing but what they are given. glibc 2.34 or newer. */
public final class SpawnCalls {
    // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    //                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
    private static final MethodHandle SPAWN = Downcall.plain(
            "posix_spawn", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions), and _destroy
    private static final MethodHandle ACTIONS_INIT = onPointer("posix_spawn_file_actions_init");
    private static final MethodHandle ACTIONS_DESTROY = onPointer("posix_spawn_file_actions_destroy");
    // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *, int fd, const char *path, int flags, mode_t
    // mode)
    private static final MethodHandle ADD_OPEN = Downcall.plain(
            "posix_spawn_file_actions_addopen",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *, int from, int to)
    private static final MethodHandle ADD_DUP2 = Downcall.plain(
            "posix_spawn_file_actions_adddup2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    // int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int from)
    private static final MethodHandle ADD_CLOSE_FROM = Downcall.plain(
            "posix_spawn_file_actions_addclosefrom_np", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    // int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *path)
    private static final MethodHandle ADD_CHDIR =
            Downcall.plain("posix_spawn_file_actions_addchdir_np", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    // int posix_spawnattr_init(posix_spawnattr_t *), and _destroy
    private static final MethodHandle ATTRIBUTES_INIT = onPointer("posix_spawnattr_init");
    private static final MethodHandle ATTRIBUTES_DESTROY = onPointer("posix_spawnattr_destroy");
    // int posix_spawnattr_setflags(posix_spawnattr_t *, short flags)
    private static final MethodHandle SET_FLAGS =
            Downcall.plain("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_SHORT));
    // int posix_spawnattr_setsigmask(posix_spawnattr_t *, const sigset_t *), and _setsigdefault
    private static final MethodHandle SET_MASK =
            Downcall.plain("posix_spawnattr_setsigmask", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle SET_DEFAULT =
            Downcall.plain("posix_spawnattr_setsigdefault", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    // int sigemptyset(sigset_t *), int sigfillset(sigset_t *)
    private static final MethodHandle EMPTY_SET = onPointer("sigemptyset");
    private static final MethodHandle FULL_SET = onPointer("sigfillset");
    // int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
    private static final MethodHandle WAITID =
            Downcall.handle("waitid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

    static final long FILE_ACTIONS_BYTES = 80;
    static final long ATTRIBUTES_BYTES = 336;
    static final long SIGNAL_SET_BYTES = 128;

    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;
    private static final int FIRST_GIVEN = 3;

    private SpawnCalls() {}

    private static MethodHandle onPointer(String function) {
        return Downcall.plain(function, FunctionDescriptor.of(JAVA_INT, ADDRESS));
    }

    /** How a child ended. @param status its exit code, or the signal that ended it */
    public record End(boolean exited, int status) {}

    /**
     * Starts a program in a session of its own, with default signal handling, its input from /dev/null and its output appended to a
     * file that exists.
     *
     * @param command the absolute path of the program first
     * @param environment each {@code NAME=value}
     * @param given the child has them as 3, 4, ... and nothing else that is open here; the caller keeps its own
     * @return its process id, which is its own until it is reaped by {@link #reap}
     */
    public static int spawn(
            List<String> command, List<String> environment, String directory, String log, List<Fd> given)
            throws IOException {
        List<Fd> copies = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            for (Fd fd : given) {
                // Above all numbers that the child's own will have, so that none is overwritten before it is copied.
                copies.add(fd.duplicate(FIRST_GIVEN + given.size()));
            }
            MemorySegment actions = arena.allocate(FILE_ACTIONS_BYTES, Long.BYTES);
            MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
            // SAFETY: both have the size of their C types (LayoutTest) and live until the arena is closed.
            Downcall.check("posix_spawn_file_actions_init", () -> (int) ACTIONS_INIT.invokeExact(actions));
            Downcall.check("posix_spawnattr_init", () -> (int) ATTRIBUTES_INIT.invokeExact(attributes));
            try {
                addActions(arena, actions, directory, log, copies);
                setAttributes(arena, attributes);
                MemorySegment pid = arena.allocate(JAVA_INT);
                MemorySegment path = arena.allocateFrom(command.getFirst());
                MemorySegment argv = strings(arena, command);
                MemorySegment envp = strings(arena, environment);
                // SAFETY: all strings and arrays end with NUL or NULL and live until the call returns.
                Downcall.check("posix_spawn " + command.getFirst() + " in " + directory, () ->
                        (int) SPAWN.invokeExact(pid, path, actions, attributes, argv, envp));
                return pid.get(JAVA_INT, 0);
            } finally {
                // SAFETY: both were initialised; each frees what libc allocated for it.
                Downcall.check("posix_spawn_file_actions_destroy", () -> (int) ACTIONS_DESTROY.invokeExact(actions));
                Downcall.check("posix_spawnattr_destroy", () -> (int) ATTRIBUTES_DESTROY.invokeExact(attributes));
            }
        } finally {
            copies.forEach(Fd::close);
        }
    }

    private static void addActions(Arena arena, MemorySegment actions, String directory, String log, List<Fd> given)
            throws IOException {
        MemorySegment nowhere = arena.allocateFrom("/dev/null");
        MemorySegment logPath = arena.allocateFrom(log);
        MemorySegment directoryPath = arena.allocateFrom(directory);
        int append = LinuxNumbers.O_WRONLY | LinuxNumbers.O_APPEND;
        // SAFETY: libc copies the paths; the rest are numbers.
        Downcall.check("addopen", () ->
                (int) ADD_OPEN.invokeExact(actions, STANDARD_INPUT, nowhere, LinuxNumbers.O_RDONLY, 0));
        Downcall.check("addopen", () -> (int) ADD_OPEN.invokeExact(actions, STANDARD_OUTPUT, logPath, append, 0));
        Downcall.check("adddup2", () -> (int) ADD_DUP2.invokeExact(actions, STANDARD_OUTPUT, STANDARD_ERROR));
        int next = FIRST_GIVEN;
        for (Fd fd : given) {
            int from = fd.number();
            int to = next++;
            Downcall.check("adddup2", () -> (int) ADD_DUP2.invokeExact(actions, from, to));
        }
        int beyond = next;
        Downcall.check("addclosefrom_np", () -> (int) ADD_CLOSE_FROM.invokeExact(actions, beyond));
        Downcall.check("addchdir_np", () -> (int) ADD_CHDIR.invokeExact(actions, directoryPath));
    }

    private static void setAttributes(Arena arena, MemorySegment attributes) throws IOException {
        MemorySegment none = arena.allocate(SIGNAL_SET_BYTES, Long.BYTES);
        MemorySegment all = arena.allocate(SIGNAL_SET_BYTES, Long.BYTES);
        short flags = (short) (LinuxNumbers.POSIX_SPAWN_SETSID
                | LinuxNumbers.POSIX_SPAWN_SETSIGMASK
                | LinuxNumbers.POSIX_SPAWN_SETSIGDEF);
        // SAFETY: the sets have the size of sigset_t (LayoutTest) and are copied.
        Downcall.check("sigemptyset", () -> (int) EMPTY_SET.invokeExact(none));
        Downcall.check("sigfillset", () -> (int) FULL_SET.invokeExact(all));
        Downcall.check("posix_spawnattr_setsigmask", () -> (int) SET_MASK.invokeExact(attributes, none));
        Downcall.check("posix_spawnattr_setsigdefault", () -> (int) SET_DEFAULT.invokeExact(attributes, all));
        Downcall.check("posix_spawnattr_setflags", () -> (int) SET_FLAGS.invokeExact(attributes, flags));
    }

    /**
     * Takes note of a child's end, so that the kernel forgets it.
     *
     * @param pidfd of a process that has exited
     * @return null when it is no child of this process, or lives
     */
    public static @Nullable End reap(Fd pidfd) throws IOException {
        int fd = pidfd.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(LinuxLayouts.SIGINFO_BYTES, Long.BYTES);
            int options = LinuxNumbers.WEXITED | LinuxNumbers.WNOHANG;
            // SAFETY: the kernel fills a siginfo_t, for which there is room (LayoutTest).
            Downcall.run("waitid", state -> (int) WAITID.invokeExact(state, LinuxNumbers.P_PIDFD, fd, info, options));
            int code = info.get(JAVA_INT, LinuxLayouts.SIGINFO_CODE);
            return info.get(JAVA_INT, LinuxLayouts.SIGINFO_PID) == 0
                    ? null
                    : new End(code == LinuxNumbers.CLD_EXITED, info.get(JAVA_INT, LinuxLayouts.SIGINFO_STATUS));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.ECHILD) {
                return null;
            }
            throw e;
        }
    }

    private static MemorySegment strings(Arena arena, List<String> words) {
        MemorySegment array = arena.allocate(ADDRESS, words.size() + 1L);
        for (int i = 0; i < words.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(words.get(i)));
        }
        array.setAtIndex(ADDRESS, words.size(), MemorySegment.NULL);
        return array;
    }
}
