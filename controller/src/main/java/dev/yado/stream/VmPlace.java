package dev.yado.stream;

import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.trust.MachineHttp;
import org.jspecify.annotations.Nullable;

/**
 * Where a VM is at present.
 *
 * @param host its host's daemon, and where it is; null while it has no host
 * @param hostAnswers false when the host has not reported for longer than its lease
 * @param observed null before its host's first report
 * @param cause why it is in that state, for people
 */
record VmPlace(
        VmId vm,
        String name,
        MachineHttp.@Nullable Target host,
        boolean hostAnswers,
        @Nullable ObservedState observed,
        @Nullable String cause) {

    /** True when the guest has ended and will say nothing more in this run. */
    boolean hasEnded() {
        return switch (observed) {
            case STOPPED, CRASHED, FAILED, ABSENT -> true;
            case PREPARING, STARTING, RUNNING, PAUSED, STOPPING, ARRIVING, DEPARTED -> false;
            case null -> false;
        };
    }
}
