package dev.yado.maintenance;

import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.migration.MigrationGoal;
import java.time.Duration;
import java.time.Instant;

/**
 * A host out of service.
 *
 * @param left until the deadline; negative after it
 */
public record Maintenance(
        HostId host,
        OperationId operation,
        State state,
        Drain.WhenBlocked whenBlocked,
        boolean moveStopped,
        MigrationGoal goal,
        Instant beganAt,
        Instant deadlineAt,
        Duration left) {
    public enum State {
        DRAINING,
        /** No guest is there that was not to be left. */
        DRAINED,
        /** Its drain has ended, and guests are there that should have gone. */
        INCOMPLETE
    }
}
