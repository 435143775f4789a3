package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

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

    private static final int ROUNDS = 2;
    /** QEMU throttles after two rounds of at least a second each. */
    private static final Duration THROTTLE_TAKES = Duration.ofSeconds(5);

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private int limitMs;
    private int throttle;
    private Differences differences = Differences.UNTRIED;
    private double roundBeforeDifferences;
    private Duration throttledAt = Duration.ZERO;

    private enum Differences {
        UNTRIED,
        TRYING,
        DECIDED
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
        if (!stalled(view)) {
            return new Step.Stay();
        }
        return up(view);
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
                && copying.roundsWithoutGain() >= ROUNDS
                && copying.timeWithoutGain(view.elapsed()).compareTo(LOOK) >= 0;
    }

    private Step up(View view) {
        double needed = view.copying().neededMs();
        int most = view.goal().maxDowntimeMs();
        if (limitMs < most && needed <= most) {
            double enough = Math.max(needed, view.copying().neededByQemuMs()) * 1.25;
            int next = (int) Math.min(most, Math.max(limitMs * 2.0, Math.min(enough, limitMs * 4.0)));
            return limit(view, next, "Rounds become no shorter");
        }
        if (differences != Differences.DECIDED && view.abilities().xbzrle()) {
            return differences(view);
        }
        int highest = highestThrottle(most);
        if (view.abilities().throttle() && throttle < highest) {
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

    private Step differences(View view) {
        Copying copying = view.copying();
        if (differences == Differences.UNTRIED) {
            differences = Differences.TRYING;
            roundBeforeDifferences = copying.foundPerRound();
            long cache = Long.highestOneBit((long) Math.max(1 << 20, copying.foundPerRound() * 2));
            cache = Math.min(cache, Math.min(LARGEST_CACHE, Long.highestOneBit(view.memoryBytes())));
            copying.changed(view.elapsed());
            return new Step.Adjust(
                    Map.of(MigrationParameter.XBZRLE_CACHE_SIZE, cache),
                    Rung.Kind.XBZRLE,
                    "Copying does not get ahead of the guest, so differences are tried with " + Copying.mib(cache)
                            + " of memory for the old pages: " + sentence(view) + ".");
        }
        differences = Differences.DECIDED;
        boolean helped = copying.foundPerRound() < roundBeforeDifferences * 0.8;
        copying.changed(view.elapsed());
        return helped
                ? new Step.Stay()
                : new Step.Adjust(
                        Map.of(MigrationParameter.XBZRLE_CACHE_SIZE, NO_CACHE),
                        Rung.Kind.XBZRLE,
                        "Differences did not help and are sent no more: " + sentence(view) + ".");
    }

    private Step throttleMore(View view, int highest) {
        Copying copying = view.copying();
        // So that a round finds about half of what the one before has found.
        int wanted = (int) Math.ceil(100 - 50 * copying.bytesPerSecond() / Math.max(1, copying.dirtyBytesPerSecond()));
        int least = throttle == 0 ? FIRST_THROTTLE : throttle + THROTTLE_STEP;
        throttle = Math.min(highest, Math.max(least, wanted));
        throttledAt = view.elapsed();
        limitMs = view.goal().maxDowntimeMs();
        copying.changed(view.elapsed());
        Map<MigrationParameter, Long> values = new java.util.EnumMap<>(throttle(throttle));
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
