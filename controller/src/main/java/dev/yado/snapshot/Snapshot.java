package dev.yado.snapshot;

import dev.yado.api.Etag;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a VM's disks.
 *
 * @param operation that does something about it, or did last
 * @param reason why it FAILED, or why what was done last came to nothing
 * @param attempts of the operation that came to nothing
 * @param disks those that it is of
 * @param consistency what a guest finds that goes back to it; null: there was none, or nobody knows
 * @param answer the last that the host has said to the operation
 * @param restored what the disks have instead since; null: it was just taken
 */
public record Snapshot(
        SnapshotId id,
        TenantId tenant,
        VmId vm,
        String name,
        OperationId operation,
        State state,
        @Nullable String reason,
        int attempts,
        List<DiskId> disks,
        @Nullable Instant takenAt,
        @Nullable Double pauseMs,
        @Nullable Consistency consistency,
        @Nullable String consistencyReason,
        @Nullable SnapshotAnswer answer,
        @Nullable Restored restored,
        Instant createdAt) {
    public Snapshot {
        disks = List.copyOf(disks);
    }

    /**
     * A backup that was restored to the disks.
     *
     * @param repository as the VM's host names it
     * @param backup its name in there
     */
    public record Restored(String repository, UUID marker, BackupId backup) {}

    /**
     * <pre>
     * TAKING --> AVAILABLE <--> REVERTING
     *    |           |
     *    |           +--------> DELETING --> gone
     *    +-----> FAILED -----------^
     * </pre>
     */
    public enum State {
        TAKING,
        AVAILABLE,
        REVERTING,
        DELETING,
        /** There is none. */
        FAILED;

        /** An operation is at it. */
        boolean open() {
            return this == TAKING || this == REVERTING || this == DELETING;
        }
    }

    Etag etag() {
        return Etag.of(this);
    }
}
