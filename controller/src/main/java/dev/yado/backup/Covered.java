package dev.yado.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What there is of a VM to fall back on.
 *
 * @param schedules names of those that mean it
 * @param last the newest backup that is whole
 * @param next its next turn
 * @param overdueSince the turn that nothing has come of
 * @param trouble what became of its last turn, when that was not a backup
 */
public record Covered(
        VmId vm,
        String name,
        TenantId tenant,
        List<String> schedules,
        @Nullable BackupId last,
        @Nullable Instant lastTaken,
        @Nullable Proven proven,
        @Nullable Instant next,
        @Nullable Instant overdueSince,
        @Nullable String trouble) {
    public Covered {
        schedules = List.copyOf(schedules);
    }

    /** The newest that is proven. */
    public record Proven(BackupId backup, Instant at, double seconds) {}

    public enum State {
        COVERED,
        OVERDUE,
        UNSCHEDULED
    }

    public State state() {
        if (schedules.isEmpty()) {
            return State.UNSCHEDULED;
        }
        return overdueSince == null ? State.COVERED : State.OVERDUE;
    }
}
