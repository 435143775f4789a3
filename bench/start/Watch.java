import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Sees a guest's first byte and the end of its process, the same way and at the same cost whoever started it. */
final class Watch {
    private static final long LOOK_EVERY_NANOS = 200_000;
    private static final Linker LINKER = Linker.nativeLinker();
    // pid_t and unsigned flags as longs: the kernel looks at the low halves.
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle POLL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("poll"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final long PIDFD_OPEN = 434;

    private Watch() {}

    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Returns the time at which the file had more than {@code before} bytes: it is looked at every 0.2 ms. */
    static long growth(Path file, long before, Duration patience) {
        await("a byte in " + file, patience, () -> size(file) > before);
        return System.nanoTime();
    }

    static void await(String what, Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited " + patience.toSeconds() + " s in vain for " + what);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    /** The process whose arguments contain {@code -uuid <uuid>}. */
    static long pidOfGuest(String uuid) throws IOException {
        String wanted = "\0-uuid\0" + uuid + "\0";
        try (var entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                try {
                    if (new String(Files.readAllBytes(entry.resolve("cmdline")), StandardCharsets.ISO_8859_1).contains(wanted)) {
                        return Long.parseLong(entry.getFileName().toString());
                    }
                } catch (IOException e) {
                    // It ended while we looked.
                }
            }
        }
        throw new IllegalStateException("no process of guest " + uuid);
    }

    /** Holds a process by its pidfd, which becomes readable when the process has ended, whether somebody has waited for it or not. */
    static final class End implements AutoCloseable {
        private final long pid;
        private final int pidfd;

        End(long pid) {
            this.pid = pid;
            try {
                pidfd = (int) (long) SYSCALL.invokeExact(PIDFD_OPEN, pid, 0L);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
            if (pidfd < 0) {
                throw new IllegalStateException("pidfd_open refuses process " + pid);
            }
        }

        /** Returns the time at which it was seen. */
        long await(Duration patience) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment pollfd = arena.allocate(8, 4);
                pollfd.set(ValueLayout.JAVA_INT, 0, pidfd);
                pollfd.set(ValueLayout.JAVA_SHORT, 4, (short) 1);
                int ready = (int) POLL.invokeExact(pollfd, 1L, (int) patience.toMillis());
                if (ready != 1) {
                    throw new IllegalStateException("process " + pid + " has not ended within " + patience.toSeconds() + " s");
                }
                return System.nanoTime();
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            try {
                int _ = (int) CLOSE.invokeExact(pidfd);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
