package dev.yado.vmmd.vm;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Run;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts what a loop knows into the words of a report. */
final class Observation {
    private Observation() {}

    /**
     * What a loop is in the middle of.
     *
     * @param moving what a move makes of its state; null: nothing
     * @param restoring disks still come from their backup
     */
    record Activity(
            @Nullable Attempt attempt,
            boolean launching,
            @Nullable LiveGuest guest,
            boolean awaitingTurn,
            boolean directoryLeft,
            @Nullable ObservedState moving,
            boolean restoring) {}

    /** @param before the last report: a state that it had already keeps its time */
    static VmReport of(
            VmId id,
            RequestPolicy.Memory memory,
            Journal journal,
            Activity activity,
            boolean settled,
            @Nullable VmReport before,
            Clock clock) {
        VmSpec spec = memory.spec();
        Seen seen = seen(spec, journal, activity);
        Instant since = before != null && before.state() == seen.state() && Objects.equals(before.cause(), seen.cause())
                ? before.since()
                : since(journal, seen, clock);
        if (seen.state() == ObservedState.ABSENT) {
            return VmReport.absent(id, memory.generation(), runEpoch(journal), since);
        }
        LiveGuest guest = activity.guest();
        Accelerator accelerator = guest != null && journal.run() instanceof Run.Running run
                ? run.launch().accelerator()
                : null;
        return new VmReport(
                id,
                memory.generation(),
                runEpoch(journal),
                seen.state(),
                settled,
                seen.cause(),
                accelerator,
                journal.machineType(),
                activity.restoring() ? true : null,
                guest == null ? null : guest.agent(),
                since);
    }

    /** The permission under which the VM runs or last ran; 0 before the first. */
    static long runEpoch(Journal journal) {
        long begun = switch (journal.run()) {
            case Run.Running run -> run.runEpoch();
            case Run.Starting starting -> starting.runEpoch();
            case Run.None _, Run.Ended _, Run.Failed _ -> 0;
        };
        return Math.max(begun, Math.max(0, journal.endedEpoch()));
    }

    private record Seen(ObservedState state, @Nullable Cause cause) {}

    private static Seen seen(@Nullable VmSpec spec, Journal journal, Activity activity) {
        LiveGuest guest = activity.guest();
        if (spec == null) {
            return new Seen(activity.directoryLeft() ? ObservedState.STOPPING : ObservedState.ABSENT, null);
        }
        ObservedState moving = activity.moving();
        if (moving != null) {
            return new Seen(moving, moving == ObservedState.RUNNING ? begun(journal) : null);
        }
        if (guest != null) {
            return live(spec, journal, guest);
        }
        if (activity.attempt() != null) {
            return new Seen(activity.launching() ? ObservedState.STARTING : ObservedState.PREPARING, null);
        }
        if (activity.awaitingTurn()) {
            return new Seen(
                    ObservedState.STARTING,
                    new Cause(
                            Cause.Code.HOST_REBOOTED,
                            "It is brought back in its turn with the other guests of the host."));
        }
        return switch (journal.run()) {
            case Run.Ended ended ->
                new Seen(spec.desired() == DesiredState.STOPPED ? ObservedState.STOPPED : ended.state(), ended.cause());
            case Run.Failed failed
            when spec.desired() != DesiredState.STOPPED || failed.generation() == spec.generation() ->
                new Seen(ObservedState.FAILED, failed.cause());
            case Run.Failed _, Run.None _, Run.Starting _, Run.Running _ -> new Seen(ObservedState.STOPPED, null);
        };
    }

    private static Seen live(VmSpec spec, Journal journal, LiveGuest guest) {
        boolean stopping = journal.run() instanceof Run.Running run && run.stop() != null;
        if (stopping || guest.isEnding()) {
            return new Seen(ObservedState.STOPPING, null);
        }
        if (!guest.held()) {
            return new Seen(ObservedState.RUNNING, begun(journal));
        }
        if (!guest.everRan() && spec.desired() == DesiredState.RUNNING) {
            return new Seen(ObservedState.STARTING, null);
        }
        return new Seen(ObservedState.PAUSED, guest.diskError());
    }

    private static @Nullable Cause begun(Journal journal) {
        return journal.run() instanceof Run.Running run && run.launch().wasBroughtBack()
                ? new Cause(Cause.Code.AUTOSTARTED, "The host was restarted and brought the guest back by itself.")
                : null;
    }

    private static Instant since(Journal journal, Seen seen, Clock clock) {
        return switch (journal.run()) {
            case Run.Ended ended when Objects.equals(ended.cause(), seen.cause()) -> ended.since();
            case Run.Failed failed when Objects.equals(failed.cause(), seen.cause()) -> failed.since();
            case Run.Running run when seen.state() == ObservedState.RUNNING -> run.since();
            case Run.Ended _, Run.Failed _, Run.Running _, Run.Starting _, Run.None _ -> clock.instant();
        };
    }
}
