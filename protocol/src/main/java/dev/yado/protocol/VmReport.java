package dev.yado.protocol;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The observed VM.
 *
 * @param generation the newest spec that the host has accepted; for {@code ABSENT} the generation that deleted it
 * @param runEpoch the permission under which it runs or last ran
 * @param settled the host has nothing more to do for this generation: the state is a result, not a way-point
 * @param accelerator what the present run uses; null when it does not run
 * @param restoring TRUE: some of its disks still come from their backup; null: none does
 * @param agent null when it does not run, or its process has no channel to one
 * @param since when the state was entered, by the host's clock
 */
public record VmReport(
        VmId id,
        long generation,
        long runEpoch,
        ObservedState state,
        boolean settled,
        @Nullable Cause cause,
        @Nullable Accelerator accelerator,
        @Nullable String machineType,
        @Nullable Boolean restoring,
        @Nullable GuestAgentState agent,
        Instant since) {

    /** Of a VM of whose agent nothing is known. */
    public VmReport(
            VmId id,
            long generation,
            long runEpoch,
            ObservedState state,
            boolean settled,
            @Nullable Cause cause,
            @Nullable Accelerator accelerator,
            @Nullable String machineType,
            @Nullable Boolean restoring,
            Instant since) {
        this(id, generation, runEpoch, state, settled, cause, accelerator, machineType, restoring, null, since);
    }

    /** Of a VM whose disks lack nothing. */
    public VmReport(
            VmId id,
            long generation,
            long runEpoch,
            ObservedState state,
            boolean settled,
            @Nullable Cause cause,
            @Nullable Accelerator accelerator,
            @Nullable String machineType,
            Instant since) {
        this(id, generation, runEpoch, state, settled, cause, accelerator, machineType, null, null, since);
    }

    /** The answer to a DELETE that has been carried out: nothing of the VM is left on the host. */
    public static VmReport absent(VmId id, long generation, long runEpoch, Instant since) {
        return new VmReport(id, generation, runEpoch, ObservedState.ABSENT, true, null, null, null, since);
    }
}
