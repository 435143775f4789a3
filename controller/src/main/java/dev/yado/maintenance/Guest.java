package dev.yado.maintenance;

import dev.yado.operation.OperationStatus;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The lot of one guest of a host that is taken out of service.
 *
 * <pre>
 * WAITING -> MOVING -> MOVED        MOVING -> WAITING (failed, tried again elsewhere)
 * WAITING -> BLOCKED -> WAITING     BLOCKED, WAITING -> STOPPING -> STOPPED
 * WAITING, BLOCKED -> LEFT          any -> GONE (deleted)
 * </pre>
 *
 * @param placedOn null: it has no host any more
 * @param towardsSilence the host that it is to go to does not report
 * @param due it may be looked at again
 * @param operation that moves or stops it, or did
 */
public record Guest(
        VmId vm,
        String name,
        DesiredState desired,
        State state,
        Drain.@Nullable Decision decision,
        @Nullable HostId placedOn,
        @Nullable HostId to,
        boolean towardsSilence,
        int attempts,
        Set<HostId> avoided,
        boolean due,
        @Nullable Carrying operation,
        @Nullable String reason) {
    public Guest {
        avoided = Set.copyOf(avoided);
    }

    public enum State {
        WAITING,
        MOVING,
        STOPPING,
        MOVED,
        STOPPED,
        LEFT,
        BLOCKED,
        GONE;

        /** Nothing is to be done for it any more. */
        boolean settled() {
            return switch (this) {
                case MOVED, STOPPED, LEFT, GONE -> true;
                case WAITING, MOVING, STOPPING, BLOCKED -> false;
            };
        }

        boolean underWay() {
            return this == MOVING || this == STOPPING;
        }
    }

    /**
     * @param status null: it is so long ago that nobody knows it any more
     * @param cancelledBy null: nobody has
     */
    public record Carrying(
            OperationId id,
            @Nullable OperationStatus status,
            @Nullable String cancelledBy,
            @Nullable String waitReason,
            @Nullable String error) {
        boolean ended() {
            return status == null || status.ended();
        }
    }
}
