package dev.yado.vmmd.move;

import dev.yado.protocol.Cause;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationProgress;
import dev.yado.vmmd.move.Outgoing.Outcome;
import dev.yado.vmmd.move.ladder.Decision;
import dev.yado.vmmd.move.ladder.Ladder;
import dev.yado.vmmd.move.ladder.Opening;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a guest by its goal, disks and memory, from the first byte until it parts. One thread owns it. */
final class Transfer {
    private static final Logger log = LoggerFactory.getLogger(Transfer.class);
    /** QEMU reckons its rates anew every 100 ms. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    /** Of a guest at the switch-over, unless its goal allows more. */
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(3);

    private final VmId vm;
    private final Course course;
    private final Ladder ladder;
    private final Warmth warmth;
    private final Parting parting;
    private final Outgoing.Listener listener;
    private MigrationGoal goal;
    private volatile @Nullable MigrationGoal newGoal;
    private boolean cancelSent;
    private long lastLook = System.nanoTime();

    Transfer(VmId vm, Course course, Ladder ladder, Warmth warmth, Parting parting, Outgoing.Listener listener) {
        this.vm = vm;
        this.course = course;
        this.ladder = ladder;
        this.warmth = warmth;
        this.parting = parting;
        this.listener = listener;
        this.goal = course.departure().goal();
    }

    /** Takes effect at the next look. To be called by any thread. */
    void goal(MigrationGoal goal) {
        newGoal = goal;
    }

    /** What to set at the source. */
    Opening opening() {
        return ladder.opening(course.elapsed());
    }

    /** Returns when its disks are the same on both sides, or it is cancelled. */
    void disks(CopiedDisks disks) throws IOException, InterruptedException {
        disks.follow(now -> goOn(disks, now));
    }

    /** @return false: nobody wants it any more, or its goal cannot be met */
    private boolean goOn(CopiedDisks disks, MigrationProgress now) throws IOException {
        course.progress(now);
        newGoal(disks).ifPresent(ladder::goal);
        warmth.keep();
        warmth.requireDestination(disks);
        MigrationGoal present = goal;
        if (course.elapsed().toSeconds() >= present.deadlineSeconds()) {
            String why = "Of its disks " + (now.totalBytes() - now.remainingBytes() >> 20) + " of "
                    + (now.totalBytes() >> 20) + " MiB were copied in " + present.deadlineSeconds() + " s, at "
                    + (now.bytesPerSecond() >> 20) + " MiB/s.";
            if (course.cancelFirst(new Cause(Cause.Code.MIGRATION_GAVE_UP, why))) {
                course.told(new Rung(Instant.now(), Rung.Kind.GIVE_UP, why));
            }
        }
        return course.isOpen();
    }

    /** Follows the memory that QEMU copies to its end. */
    Outcome memory(Leaving leaving, SourceQemu source) throws IOException, InterruptedException {
        while (true) {
            Status status = course.next(BETWEEN_LOOKS);
            if (status != null) {
                Outcome outcome = act(leaving, source, status);
                if (outcome != null) {
                    return outcome;
                }
                if (course.hasMore()) {
                    continue;
                }
            }
            if (course.isCancelled() && !cancelSent) {
                cancelSent = true;
                leaving.disks().cut();
                source.cancel();
            }
            look(source, leaving.disks());
            warmth.keep();
        }
    }

    private void look(SourceQemu source, CopiedDisks disks) throws IOException, InterruptedException {
        MigrationStatistics now = source.statistics();
        long at = System.nanoTime();
        if (now.throttlePercent() > 1) {
            if (course.throttledMs() == 0) {
                listener.slows(now.throttlePercent());
            }
            course.throttled((at - lastLook) / 1_000_000);
        }
        lastLook = at;
        newGoal(disks).ifPresent(ladder::goal);
        if (course.isOpen()) {
            disks.look();
            warmth.requireDestination(disks);
        }
        tooLong(now);
        Decision decision = ladder.next(now, course.elapsed());
        course.progress(ladder.progress(now));
        switch (decision) {
            case Decision.Keep _ -> {}
            case Decision.Adjust(var parameters, Rung rung) -> {
                course.told(rung);
                source.set(parameters);
            }
            case Decision.StartPostCopy(Rung rung) -> {
                course.told(rung);
                source.startPostCopy();
            }
            case Decision.RecoverPostCopy(String why) -> log.warn("VM {}: {}", vm, why);
            case Decision.GiveUp(Cause cause, Rung rung) -> {
                if (course.cancelFirst(cause)) {
                    course.told(rung);
                }
            }
        }
    }

    private Optional<MigrationGoal> newGoal(CopiedDisks disks) {
        MigrationGoal changed = newGoal;
        if (changed != null) {
            newGoal = null;
            goal = changed;
            try {
                disks.limit(changed.bandwidthMiBs());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return Optional.ofNullable(changed);
    }

    /** QEMU does not say that the last part goes, and waits for the other end without an end. */
    private void tooLong(MigrationStatistics now) {
        long ms = course.held(System.nanoTime()).toMillis();
        if (now.status() == Status.ACTIVE
                && ms
                        > Math.max(
                                LONGEST_HOLD.toMillis(),
                                10L * course.departure().goal().maxDowntimeMs())) {
            course.cancelFirst(new Cause(
                    Cause.Code.MIGRATION_GAVE_UP,
                    "The switch-over had held the guest for " + ms
                            + " ms and the destination had not said that it has all."));
        }
    }

    /** @return null while it goes on */
    private @Nullable Outcome act(Leaving leaving, SourceQemu source, Status status)
            throws IOException, InterruptedException {
        return switch (status) {
            case PRE_SWITCHOVER -> {
                course.phase(Phase.SWITCHING);
                leaving.disks().complete();
                source.goOn();
                yield null;
            }
            case DEVICE -> {
                course.phase(Phase.SWITCHING);
                yield null;
            }
            case POSTCOPY_ACTIVE -> parting.arrived() ? null : parting.go(leaving, Phase.FOLLOWING);
            case COMPLETED -> parting.arrived() ? parting.handedOver(leaving) : parting.go(leaving, Phase.HANDED_OVER);
            case FAILED, CANCELLED ->
                parting.arrived() ? parting.handedOver(leaving) : parting.stayed(leaving, whyItEnded(source));
            case NONE, SETUP, ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER, CANCELLING, OTHER -> null;
        };
    }

    private Cause whyItEnded(SourceQemu source) throws IOException, InterruptedException {
        if (course.isOpen()) {
            String error = source.statistics().error();
            course.cancelFirst(new Cause(
                    Cause.Code.MIGRATION_FAILED,
                    "QEMU could not send the guest" + (error == null ? "." : ": " + error + ".")));
        }
        return course.reason();
    }
}
