package dev.yado.vmmd.qmp;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How long the QEMUs of this process take to answer, command by command. */
public final class QmpTimes {
    private static final double[] BOUNDS = {0.001, 0.005, 0.025, 0.1, 0.5, 2.5};
    private static final Map<String, Times> COMMANDS = new ConcurrentHashMap<>();

    private QmpTimes() {}

    /**
     * @param counts answers within each bound, those within a smaller one as well
     * @param failures refusals, and conversations that ended before the answer
     */
    public record Answers(long[] counts, long all, double seconds, long failures) {}

    private static final class Times {
        private final AtomicLongArray within = new AtomicLongArray(BOUNDS.length);
        private final LongAdder all = new LongAdder();
        private final LongAdder nanos = new LongAdder();
        private final LongAdder failures = new LongAdder();
    }

    /** In seconds. */
    public static double[] bounds() {
        return BOUNDS.clone();
    }

    static void answered(String command, long nanos, boolean failed) {
        Times times = COMMANDS.computeIfAbsent(command, _ -> new Times());
        for (int i = 0; i < BOUNDS.length; i++) {
            if (nanos <= BOUNDS[i] * 1e9) {
                times.within.incrementAndGet(i);
            }
        }
        times.all.increment();
        times.nanos.add(nanos);
        if (failed) {
            times.failures.increment();
        }
    }

    public static Map<String, Answers> all() {
        Map<String, Answers> answers = new TreeMap<>();
        COMMANDS.forEach((command, times) -> {
            long[] counts = new long[BOUNDS.length];
            for (int i = 0; i < counts.length; i++) {
                counts[i] = times.within.get(i);
            }
            answers.put(command, new Answers(counts, times.all.sum(), times.nanos.sum() / 1e9, times.failures.sum()));
        });
        return answers;
    }
}
