package dev.yado.maintenance;

import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MigrationGoal;
import java.time.Duration;
import java.util.Map;

/**
 * How a host is to be taken out of service.
 *
 * @param deadline from then on no move begins, and those under way are broken off
 * @param whenBlocked what becomes of guests that cannot move and of which nothing was decided
 * @param moveStopped guests that do not run are moved too; else they are left
 * @param decisions made beforehand: such a guest is not moved
 * @param goal of each move
 */
public record Drain(
        Duration deadline,
        WhenBlocked whenBlocked,
        boolean moveStopped,
        Map<VmId, Decision> decisions,
        MigrationGoal goal) {
    public static final Drain DEFAULT =
            new Drain(Duration.ofDays(1), WhenBlocked.REFUSE, true, Map.of(), MigrationGoal.DEFAULT);

    public Drain {
        decisions = Map.copyOf(decisions);
    }

    public enum WhenBlocked {
        /** Nothing begins while there is such a guest; one that becomes it later waits for a decision. */
        REFUSE,
        /** It waits for a decision, or until it can move. */
        WAIT,
        STOP,
        LEAVE
    }

    public enum Decision {
        /** Stopped, gracefully, and left on the host. */
        STOP,
        /** Left on the host as it is. */
        LEAVE
    }
}
