package dev.yado.simulator;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Faults by chance. The n-th call and the n-th report of the host with this number have the same fate whenever the seed is the same,
 * whatever threads do. Can be switched off for good.
 */
public final class SeededFaults implements Faults {
    private static final long CALLS = 0x9E3779B97F4A7C15L;
    private static final long REPORTS = 0xC2B2AE3D27D4EB4FL;

    private final SplittableRandom calls;
    private final SplittableRandom reports;
    private final double chance;
    private final Duration longest;
    private volatile boolean over;

    /**
     * @param chance of anything going wrong with one message
     * @param longest delay
     */
    public SeededFaults(long seed, int hostNumber, double chance, Duration longest) {
        this.calls = new SplittableRandom(seed * CALLS + hostNumber);
        this.reports = new SplittableRandom(seed * REPORTS + hostNumber);
        this.chance = chance;
        this.longest = longest;
    }

    @Override
    public Fate ofCall() {
        return over ? Fate.ARRIVES : next(calls);
    }

    @Override
    public Fate ofReport() {
        return over ? Fate.ARRIVES : next(reports);
    }

    /** From now on nothing goes wrong any more. */
    public void end() {
        over = true;
    }

    private Fate next(SplittableRandom random) {
        synchronized (random) {
            boolean wrong = random.nextDouble() < chance;
            int kind = random.nextInt(5);
            Duration delay = Duration.ofNanos(random.nextLong(longest.toNanos()));
            if (!wrong) {
                return Fate.ARRIVES;
            }
            return switch (kind) {
                case 0 -> new Fate.Slow(delay);
                case 1 -> new Fate.Lost();
                case 2 -> new Fate.ReplyLost();
                case 3 -> new Fate.Doubled(delay);
                default -> new Fate.Late(delay);
            };
        }
    }
}
