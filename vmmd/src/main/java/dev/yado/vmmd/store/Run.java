package dev.yado.vmmd.store;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The newest run of a VM on this host, as it survives the daemon.
 *
 * <pre>
 * None -> Starting -> Running -> Ended
 *             \-> Failed            (each of them -> Starting, by a newer run epoch or, after Failed, a newer generation)
 * </pre>
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "run")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Run.None.class, name = "none"),
    @JsonSubTypes.Type(value = Run.Starting.class, name = "starting"),
    @JsonSubTypes.Type(value = Run.Running.class, name = "running"),
    @JsonSubTypes.Type(value = Run.Ended.class, name = "ended"),
    @JsonSubTypes.Type(value = Run.Failed.class, name = "failed")
})
public sealed interface Run {
    /** Never started here. */
    record None() implements Run {}

    /** Written before QEMU is executed: the guest has not run an instruction yet. */
    record Starting(long runEpoch, Launch launch) implements Run {}

    /**
     * Written before the guest is let run.
     *
     * @param rebootsDone the newest asked reboot that has been carried out
     * @param stop the graceful stop that is under way
     */
    record Running(
            long runEpoch,
            Launch launch,
            long pid,
            long rebootsDone,
            @Nullable GracefulStop stop,
            Instant since) implements Run {
        public Running withRebootsDone(long done) {
            return new Running(runEpoch, launch, pid, done, stop, since);
        }

        public Running withStop(@Nullable GracefulStop begun) {
            return new Running(runEpoch, launch, pid, rebootsDone, begun, since);
        }

        public Running withRunEpoch(long epoch) {
            return new Running(epoch, launch, pid, rebootsDone, stop, since);
        }
    }

    /** @param state {@code STOPPED} or {@code CRASHED} */
    record Ended(ObservedState state, Cause cause, Instant since) implements Run {}

    /** The spec of this generation could not be brought to its desired state; only a newer one is tried. */
    record Failed(long generation, Cause cause, Instant since) implements Run {}

    /**
     * What a run was begun with.
     *
     * @param bootId the boot of the host in which it was begun
     * @param broughtBack the host began it by itself after a restart; null in records of before
     */
    record Launch(
            String bootId,
            Accelerator accelerator,
            String machineType,
            @Nullable Boolean broughtBack) {
        public Launch withBroughtBack(boolean back) {
            return new Launch(bootId, accelerator, machineType, back);
        }

        public boolean wasBroughtBack() {
            return Boolean.TRUE.equals(broughtBack);
        }
    }

    /**
     * @param generation the spec that asked for it
     * @param deadline when the guest is stopped hard
     */
    record GracefulStop(long generation, Instant deadline) {}
}
