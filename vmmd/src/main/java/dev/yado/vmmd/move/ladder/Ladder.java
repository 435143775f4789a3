package dev.yado.vmmd.move.ladder;

import dev.yado.protocol.Cause;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationProgress;
import dev.yado.vmmd.qmp.MigrationCapability;
import dev.yado.vmmd.qmp.MigrationParameter;
import dev.yado.vmmd.qmp.MigrationStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges the copying of one guest's memory, from the first byte to the end. One thread owns it.
 *
 * <p>The rungs, each taken when copying was seen not to get ahead of the guest: the downtime limit up to the goal's; differences
 * instead of pages (xbzrle), kept only where it is seen to help; the guest slowed down, so far as no single hold is longer than the
 * goal's downtime; post-copy; giving up. None is taken back.
 */
public final class Ladder {
    /** Less costs more rounds than it saves: QEMU looks at its rate every 100 ms only. */
    private static final int FIRST_LIMIT_MS = 8;

    private static final Duration BETWEEN_RECOVERIES = Duration.ofSeconds(1);
    /** The guest is held for so long at most, however long it is until the deadline. */
    private static final Duration SHORTEST_HOLD_LIMIT = Duration.ofSeconds(3);

    private final Instant begin;
    private final long memoryBytes;
    private final Copying copying = new Copying();
    private MigrationGoal goal;
    private final Abilities opened;
    private final Climb climb;
    private Duration lastRecovery = Duration.ofSeconds(-1_000_000_000);
    private Duration heldSince = Duration.ZERO;
    private boolean held;
    private boolean postCopyAsked;

    /** @param begin of the departure: the goal's deadline counts from there, and so does all that {@link #next} is told */
    public Ladder(MigrationGoal goal, Abilities both, long memoryBytes, Instant begin) {
        this.goal = goal;
        this.opened = both.under(goal);
        this.memoryBytes = memoryBytes;
        this.begin = begin;
        this.climb = new Climb(Math.min(FIRST_LIMIT_MS, goal.maxDowntimeMs()));
    }

    /** What to set before it migrates. Capabilities that are of no use to the goal stay off. */
    public Opening opening(Duration elapsed) {
        Set<MigrationCapability> on = EnumSet.noneOf(MigrationCapability.class);
        Map<MigrationParameter, Long> values = new EnumMap<>(MigrationParameter.class);
        List<Rung> rungs = new ArrayList<>();
        Integer cap = goal.bandwidthMiBs();
        long most = cap == null ? 0 : (long) cap << 20;
        values.put(MigrationParameter.MAX_BANDWIDTH, most);
        values.put(MigrationParameter.MAX_POSTCOPY_BANDWIDTH, most);
        values.put(MigrationParameter.DOWNTIME_LIMIT, (long) climb.limitMs());
        rungs.add(rung(
                Rung.Kind.BANDWIDTH,
                cap == null ? "As fast as the link goes." : "At most " + cap + " MiB/s, as the goal says.",
                elapsed));
        if (opened.streams() > 1) {
            on.add(MigrationCapability.MULTIFD);
            values.put(MigrationParameter.MULTIFD_CHANNELS, (long) opened.streams());
            rungs.add(rung(Rung.Kind.MULTIFD, "In " + opened.streams() + " streams, as the host is set up.", elapsed));
        } else if (opened.xbzrle()) {
            on.add(MigrationCapability.XBZRLE);
            values.put(MigrationParameter.XBZRLE_CACHE_SIZE, Climb.NO_CACHE);
        }
        if (opened.throttle()) {
            on.add(MigrationCapability.AUTO_CONVERGE);
            values.putAll(Climb.throttle(Climb.NO_THROTTLE));
        }
        if (opened.postCopy()) {
            on.add(MigrationCapability.POSTCOPY_RAM);
        }
        if (opened.preempt()) {
            on.add(MigrationCapability.POSTCOPY_PREEMPT);
        }
        return new Opening(on, values, rungs);
    }

    /**
     * The goal changed on the way. What was set already and is forbidden now is taken back by the next decision; what was forbidden
     * at the begin cannot be made use of any more.
     */
    public void goal(MigrationGoal changed) {
        goal = changed;
    }

    /**
     * What to do now.
     *
     * @param elapsed since the begin, by a clock that does not jump
     */
    public Decision next(MigrationStatistics now, Duration elapsed) {
        MigrationStatistics.Status status = now.status();
        if (status.following()) {
            return follow(status, elapsed);
        }
        if (status.over() || status == MigrationStatistics.Status.CANCELLING) {
            return new Decision.Keep();
        }
        if (elapsed.toSeconds() >= goal.deadlineSeconds()) {
            return giveUp(
                    "It was not switched over within " + goal.deadlineSeconds() + " s: " + copying.sentence(now) + ".",
                    elapsed);
        }
        if (status.switching()) {
            return hold(elapsed);
        }
        held = false;
        if (status != MigrationStatistics.Status.ACTIVE || now.memory() == null) {
            return new Decision.Keep();
        }
        copying.see(now, elapsed);
        if (postCopyAsked) {
            return new Decision.Keep();
        }
        Duration left = Duration.ofSeconds(goal.deadlineSeconds()).minus(elapsed);
        Climb.Step step =
                climb.next(new Climb.View(goal, opened.under(goal), copying, now, memoryBytes, elapsed, left));
        return switch (step) {
            case Climb.Step.Stay _ -> new Decision.Keep();
            case Climb.Step.Adjust(var values, var kind, var why) ->
                new Decision.Adjust(values, rung(kind, why, elapsed));
            case Climb.Step.PostCopy(var why) -> {
                postCopyAsked = true;
                yield new Decision.StartPostCopy(rung(Rung.Kind.POST_COPY, why, elapsed));
            }
        };
    }

    /** For people and for the controller; the disks' part is not the ladder's. */
    public MigrationProgress progress(MigrationStatistics now) {
        return copying.progress(now, memoryBytes);
    }

    private Decision follow(MigrationStatistics.Status status, Duration elapsed) {
        boolean broken = status == MigrationStatistics.Status.POSTCOPY_PAUSED;
        if (!broken || elapsed.minus(lastRecovery).compareTo(BETWEEN_RECOVERIES) < 0) {
            return new Decision.Keep();
        }
        lastRecovery = elapsed;
        return new Decision.RecoverPostCopy("The connection broke while the guest's memory followed it.");
    }

    private Decision hold(Duration elapsed) {
        if (!held) {
            held = true;
            heldSince = elapsed;
        }
        Duration most = Duration.ofMillis(Math.max(SHORTEST_HOLD_LIMIT.toMillis(), 10L * goal.maxDowntimeMs()));
        Duration holding = elapsed.minus(heldSince);
        return holding.compareTo(most) < 0
                ? new Decision.Keep()
                : giveUp(
                        "The switch-over has held the guest for " + holding.toMillis() + " ms, the goal is "
                                + goal.maxDowntimeMs() + " ms.",
                        elapsed);
    }

    private Decision giveUp(String why, Duration elapsed) {
        return new Decision.GiveUp(
                new Cause(Cause.Code.MIGRATION_GAVE_UP, why + remedy()), rung(Rung.Kind.GIVE_UP, why, elapsed));
    }

    private String remedy() {
        List<String> allow = new ArrayList<>();
        if (!goal.mayThrottle()) {
            allow.add("mayThrottle");
        }
        if (!goal.mayPostCopy()) {
            allow.add("mayPostCopy");
        }
        allow.add("a longer downtime or deadline");
        return " The guest goes on here. To get further, allow " + String.join(", ", allow) + ".";
    }

    private Rung rung(Rung.Kind kind, String why, Duration elapsed) {
        return new Rung(begin.plus(elapsed), kind, why);
    }
}
