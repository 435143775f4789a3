package dev.yado.migration;

import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One move of a VM.
 *
 * @param live with its memory; else only its disks move
 * @param generation of the spec that the destination is given
 * @param runEpoch its permission to run there
 * @param forecast what its plan said; null: it was not planned
 * @param arrival what the destination said last; null: nothing
 * @param departure what the source said last; null: nothing
 * @param reason why it stayed
 */
public record Migration(
        MigrationId id,
        VmId vm,
        OperationId operation,
        HostId from,
        HostId to,
        boolean live,
        long generation,
        long runEpoch,
        MigrationGoal goal,
        @Nullable Forecast forecast,
        @Nullable ArrivalAnswer arrival,
        @Nullable DepartureAnswer departure,
        State state,
        @Nullable Boolean arrived,
        @Nullable String reason,
        Instant beganAt,
        @Nullable Instant endedAt) {

    /**
     * <pre>
     * OPEN -> ARRIVED -> ENDED
     *     \-> ABORTED -> ENDED
     * </pre>
     */
    public enum State {
        /** The destination has not decided. */
        OPEN,
        /** The VM is the destination's; the source may still hold something. */
        ARRIVED,
        /** The VM is the source's; the destination may still hold something. */
        ABORTED,
        /** Nothing is left to do. */
        ENDED
    }

    /** Whose the VM is not, once that is decided. */
    HostId loser() {
        return state == State.ARRIVED ? from : to;
    }
}
