import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest's beacon as one observer outside sees it, wherever the guest runs: the logs that either QEMU appends to what the guest says
 * on its second serial port, looked at thirteen times in a period by one thread with one clock. The guest's own clock, which each line has too,
 * stands still while the guest does, so it only tells how much of a silence the guest noticed.
 */
final class Beacon implements AutoCloseable {
    private static final int LOOKS_IN_A_PERIOD = 13;
    /** What appears at once and is longer was said elsewhere before: a copy of the log that came with the guest. */
    private static final int HISTORY = 8192;
    private static final Pattern LINE = Pattern.compile("beacon (\\d+) (\\d+\\.\\d+)");

    private final List<Log> logs;
    private final double periodMs;
    private final Thread observer;
    private volatile boolean over;

    // All guarded by this.
    private final List<Beat> beats = new ArrayList<>();
    private final StringBuilder line = new StringBuilder();
    private long counter = -1;
    private double clock;
    private int lost;
    private int backwards;

    private record Beat(long at, double clock) {}

    /** @param ms of silence, less the period @param noticedMs of it by the guest's own clock */
    record Silence(double ms, double noticedMs) {}

    private static final class Log {
        final File file;
        long seen;

        Log(Path path) {
            file = path.toFile();
            seen = file.length();
        }
    }

    Beacon(List<Path> logs, double periodMs) {
        this.logs = new ArrayList<>(logs.stream().map(Log::new).toList());
        this.periodMs = periodMs;
        observer = Thread.ofPlatform().daemon().start(this::observe);
    }

    /** The longest in that time, by {@link System#nanoTime}. */
    synchronized Silence longest(long from, long to) {
        Silence longest = new Silence(0, 0);
        for (int i = 1; i < beats.size(); i++) {
            Beat before = beats.get(i - 1);
            Beat after = beats.get(i);
            double ms = (after.at - before.at) / 1e6 - periodMs;
            if (after.at >= from && before.at <= to && ms > longest.ms) {
                longest = new Silence(ms, noticed(i));
            }
        }
        return longest;
    }

    /** A silence may fall into the middle of a line, so the first line that ended after it counts. */
    private double noticed(int after) {
        double before = beats.get(after - 1).clock;
        for (int i = after; i < beats.size(); i++) {
            if (beats.get(i).clock > before) {
                return Math.max(0, (beats.get(i).clock - before) * 1000 - periodMs);
            }
        }
        return 0;
    }

    /** What all silences of that time come to that are longer than so much. */
    synchronized double sum(long from, long to, double longerThanMs) {
        double sum = 0;
        for (int i = 1; i < beats.size(); i++) {
            double ms = (beats.get(i).at - beats.get(i - 1).at) / 1e6 - periodMs;
            sum += beats.get(i).at >= from && beats.get(i - 1).at <= to && ms > longerThanMs ? ms : 0;
        }
        return sum;
    }

    synchronized double medianPause(long from, long to) {
        List<Double> pauses = new ArrayList<>();
        for (int i = 1; i < beats.size(); i++) {
            if (beats.get(i).at >= from && beats.get(i).at <= to) {
                pauses.add((beats.get(i).at - beats.get(i - 1).at) / 1e6);
            }
        }
        return Figure.median(pauses);
    }

    /** Whether something was heard since. */
    synchronized boolean heardSince(long from) {
        return !beats.isEmpty() && beats.getLast().at > from;
    }

    synchronized void forget() {
        beats.clear();
    }

    /** Lines whose counter was not one more than the one before: larger, and smaller or equal. The latter is a guest that ran twice. */
    synchronized int lost() {
        return lost;
    }

    synchronized int backwards() {
        return backwards;
    }

    private void observe() {
        beBeforeOthers();
        long between = Math.round(periodMs * 1e6 / LOOKS_IN_A_PERIOD);
        while (!over) {
            for (int i = 0; i < logs.size(); i++) {
                Log log = logs.get(i);
                long length = log.file.length();
                if (length > log.seen) {
                    heard(log, length, System.nanoTime());
                    // At the switch-over the one that spoke last has the end of what was said before.
                    logs.set(i, logs.getFirst());
                    logs.set(0, log);
                }
                log.seen = length;
            }
            LockSupport.parkNanos(between);
        }
    }

    private synchronized void heard(Log log, long length, long at) {
        int size = (int) Math.min(length - log.seen, Integer.MAX_VALUE);
        if (log.seen == 0 && size > HISTORY) {
            return;
        }
        byte[] bytes = new byte[size];
        try (RandomAccessFile file = new RandomAccessFile(log.file, "r")) {
            file.seek(log.seen);
            file.readFully(bytes);
        } catch (IOException _) {
            return; // cut or gone meanwhile
        }
        for (char c : new String(bytes, StandardCharsets.ISO_8859_1).toCharArray()) {
            if (c == '\n') {
                understand();
                line.setLength(0);
            } else {
                line.append(c);
            }
        }
        beats.add(new Beat(at, clock));
    }

    private void understand() {
        Matcher words = LINE.matcher(line);
        if (!words.matches()) {
            return;
        }
        long number = Long.parseLong(words.group(1));
        if (counter >= 0 && number != counter + 1) {
            System.err.println("bench migration: the guest's counter went from " + counter + " to " + number);
            if (number > counter) {
                lost++;
            } else {
                backwards++;
            }
        }
        counter = number;
        clock = Double.parseDouble(words.group(2));
    }

    /** A real-time thread, so that it is late only by what the kernel itself takes; where that is not allowed, an ordinary one. */
    private static void beBeforeOthers() {
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            MemorySegment priority = arena.allocate(ValueLayout.JAVA_INT);
            priority.set(ValueLayout.JAVA_INT, 0, 10);
            int result = (int) linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("sched_setscheduler"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
                    .invokeExact(0, 1, priority);
            if (result != 0) {
                System.err.println("bench migration: the observer may not be a real-time thread, so pauses may look longer than they are");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        observer.join();
    }
}
