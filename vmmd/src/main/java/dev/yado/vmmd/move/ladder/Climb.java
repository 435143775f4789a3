package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which rung it stands on and which one comes next. */
final class Climb {
    /** The least that QEMU takes and of no effect: the capability has to be on from the begin. */
    static final long NO_CACHE = 64 << 10;

    static final int NO_THROTTLE = 1;
    private static final long LARGEST_CACHE = 512L << 20;
    private static final int FIRST_THROTTLE = 20;
    private static final int THROTTLE_STEP = 20;
    /** QEMU lets a processor run for so long between two holds. */
    private static final int THROTTLE_SLICE_MS = 10;
    /** QEMU reckons its rate anew every 100 ms. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private static final int SHORT_ROUNDS = 2;
    /** What such a round has found says enough. */
    private static final double LONG_ROUND_SECONDS = 1;
    /** Of the bytes that differences must save. */
    private static final double WORTH = 0.1;

    /** QEMU throttles after two rounds of at least a second each. */
    private static final Duration THROTTLE_TAKES = Duration.ofSeconds(5);

    /** Throttling that has not come near after so long is not waited for where there is a shorter way. */
    private static final Duration PATIENCE = Duration.ofSeconds(12);

    private int limitMs;
    private int throttle;
    private Differences differences = Differences.Resting.UNTRIED;
    private Duration throttledAt = Duration.ZERO;
    private Duration firstThrottledAt = Duration.ZERO;

    private sealed interface Differences {
        /** Ready, but with no memory for old pages. */
        enum Resting implements Differences {
            UNTRIED,
            DECIDED
        }

        /** The old pages are being collected until another round begins. */
        record Collecting(long syncs) implements Differences {}

        record Trying(long syncs, long pages, long bytes, long whole) implements Differences {}
    }

    /** What it judges by. @param left until the deadline */
    record View(
            MigrationGoal goal,
            Abilities abilities,
            Copying copying,
            MigrationStatistics now,
            long memoryBytes,
            Duration elapsed,
            Duration left) {}

    sealed interface Step {
        record Stay() implements Step {}

        record Adjust(Map<MigrationParameter, Long> values, Rung.Kind kind, String why) implements Step {}

        record PostCopy(String why) implements Step {}
    }

    Climb(int limitMs) {
        this.limitMs = limitMs;
    }

    int limitMs() {
        return limitMs;
    }

    /** Holds a guest's processors for this part of the time, as soon as QEMU sees that copying does not get ahead. */
    static Map<MigrationParameter, Long> throttle(int percent) {
        return Map.of(
                MigrationParameter.CPU_THROTTLE_INITIAL,
                (long) percent,
                MigrationParameter.CPU_THROTTLE_INCREMENT,
                99L,
                MigrationParameter.MAX_CPU_THROTTLE,
                (long) percent,
                MigrationParameter.THROTTLE_TRIGGER_THRESHOLD,
                percent == NO_THROTTLE ? 100L : 1L);
    }

    Step next(View view) {
        if (limitMs > view.goal().maxDowntimeMs()) {
            return limit(view, view.goal().maxDowntimeMs(), "The goal was changed on the way");
        }
        if (throttle > 0 && !view.abilities().throttle()) {
            throttle = 0;
            view.copying().changed(view.elapsed());
            return new Step.Adjust(
                    throttle(NO_THROTTLE), Rung.Kind.THROTTLE, "The goal was changed on the way and forbids it.");
        }
        if (view.abilities().postCopy() && late(view)) {
            return new Step.PostCopy("The deadline is in " + view.left().toSeconds() + " s: " + sentence(view) + ".");
        }
        Step judged = judgeDifferences(view);
        if (judged != null) {
            return judged;
        }
        return stalled(view) || tooSlow(view) ? up(view) : new Step.Stay();
    }

    private static boolean late(View view) {
        long reserve = Math.max(500, Math.min(15_000, view.goal().deadlineSeconds() * 150L));
        return view.left().toMillis() <= reserve;
    }

    private boolean stalled(View view) {
        Copying copying = view.copying();
        if (!copying.judged() || copying.bytesPerSecond() == 0) {
            return false;
        }
        boolean effective = throttle == 0
                || view.now().throttlePercent() >= throttle
                || view.elapsed().minus(throttledAt).compareTo(THROTTLE_TAKES) > 0;
        return effective
                && copying.roundsWithoutGain() >= (copying.roundSeconds() < LONG_ROUND_SECONDS ? SHORT_ROUNDS : 1)
                && copying.timeWithoutGain(view.elapsed()).compareTo(LOOK) >= 0;
    }

    private boolean tooSlow(View view) {
        return throttle > 0
                && view.abilities().postCopy()
                && view.elapsed().minus(firstThrottledAt).compareTo(PATIENCE) > 0
                && view.copying().neededMs() > 2.0 * view.goal().maxDowntimeMs();
    }

    private Step up(View view) {
        double needed = view.copying().neededMs();
        int most = view.goal().maxDowntimeMs();
        if (limitMs < most && needed <= most) {
            double enough = Math.max(needed, view.copying().neededByQemuMs()) * 1.25;
            int next = (int) Math.min(most, Math.max(limitMs * 2.0, Math.min(enough, limitMs * 4.0)));
            return limit(view, next, "Rounds become no shorter");
        }
        if (differences == Differences.Resting.UNTRIED && view.abilities().xbzrle()) {
            return tryDifferences(view);
        }
        int highest = highestThrottle(most);
        if (view.abilities().throttle() && throttle < highest && !tooSlow(view)) {
            return throttleMore(view, highest);
        }
        if (view.abilities().postCopy()) {
            return new Step.PostCopy("Nothing else lets copying get ahead of the guest: " + sentence(view) + ".");
        }
        return limitMs < most
                ? limit(view, most, "Nothing else that the goal allows lets copying get ahead")
                : new Step.Stay();
    }

    private Step limit(View view, int next, String because) {
        limitMs = next;
        view.copying().changed(view.elapsed());
        return new Step.Adjust(
                Map.of(MigrationParameter.DOWNTIME_LIMIT, (long) next),
                Rung.Kind.DOWNTIME_LIMIT,
                because + ", so the guest may be held for " + next + " ms: " + sentence(view) + ".");
    }

    private Step tryDifferences(View view) {
        Copying copying = view.copying();
        differences = new Differences.Collecting(copying.syncs());
        long cache = Long.highestOneBit((long) Math.max(1 << 20, copying.foundPerRound() * 2));
        cache = Math.min(cache, Math.min(LARGEST_CACHE, Long.highestOneBit(view.memoryBytes())));
        if (copying.roundSeconds() < LONG_ROUND_SECONDS) {
            copying.changed(view.elapsed());
        }
        return new Step.Adjust(
                Map.of(MigrationParameter.XBZRLE_CACHE_SIZE, cache),
                Rung.Kind.XBZRLE,
                "Copying does not get ahead of the guest, so differences are tried with " + Copying.mib(cache)
                        + " of memory for the old pages: " + sentence(view) + ".");
    }

    /** Differences that save little are not kept: each costs more work than the page itself. */
    private @Nullable Step judgeDifferences(View view) {
        MigrationStatistics.Xbzrle xbzrle = view.now().xbzrle();
        MigrationStatistics.Memory memory = view.now().memory();
        if (xbzrle == null || memory == null) {
            return null;
        }
        switch (differences) {
            case Differences.Resting _ -> {
                return null;
            }
            case Differences.Collecting(long since) -> {
                if (memory.syncs() > since) {
                    differences = new Differences.Trying(
                            memory.syncs(), xbzrle.pages(), xbzrle.bytes(), memory.normalPages());
                }
                return null;
            }
            case Differences.Trying before -> {
                if (memory.syncs() == before.syncs()) {
                    return null;
                }
                differences = Differences.Resting.DECIDED;
                double pages = xbzrle.pages() - before.pages();
                double all = pages + memory.normalPages() - before.whole();
                double saved = pages - (double) (xbzrle.bytes() - before.bytes()) / memory.pageSize();
                return saved >= WORTH * all
                        ? null
                        : new Step.Adjust(
                                Map.of(MigrationParameter.XBZRLE_CACHE_SIZE, NO_CACHE),
                                Rung.Kind.XBZRLE,
                                String.format(
                                        Locale.ROOT,
                                        "Differences saved %.0f %% of what was sent, so whole pages go again: %s.",
                                        all == 0 ? 0 : 100 * saved / all,
                                        sentence(view)));
            }
        }
    }

    private Step throttleMore(View view, int highest) {
        Copying copying = view.copying();
        // So that a round finds about half of what the one before has found.
        int wanted = (int) Math.ceil(100 - 50 * copying.bytesPerSecond() / Math.max(1, copying.dirtyBytesPerSecond()));
        int least = throttle == 0 ? FIRST_THROTTLE : throttle + THROTTLE_STEP;
        firstThrottledAt = throttle == 0 ? view.elapsed() : firstThrottledAt;
        throttle = Math.min(highest, Math.max(least, wanted));
        throttledAt = view.elapsed();
        // The fewer rounds, the shorter it is throttled.
        limitMs = Math.max(limitMs, (view.goal().maxDowntimeMs() + 3) / 4);
        copying.changed(view.elapsed());
        Map<MigrationParameter, Long> values = new EnumMap<>(throttle(throttle));
        values.put(MigrationParameter.DOWNTIME_LIMIT, (long) limitMs);
        return new Step.Adjust(
                values,
                Rung.Kind.THROTTLE,
                "Copying does not get ahead of the guest, so its processors are held for " + throttle
                        + " % of the time: " + sentence(view) + ".");
    }

    /** A processor is never held for longer at once than the goal allows for the switch-over. */
    static int highestThrottle(int maxDowntimeMs) {
        return Math.min(99, 100 * maxDowntimeMs / (maxDowntimeMs + THROTTLE_SLICE_MS));
    }

    private static String sentence(View view) {
        return view.copying().sentence(view.now())
                + String.format(
                        Locale.ROOT, ", %.0f ms would be needed", view.copying().neededMs());
    }
}
