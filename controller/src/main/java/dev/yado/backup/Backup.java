package dev.yado.backup;

import dev.yado.api.Etag;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A backup of a VM.
 *
 * @param operation that takes it, or that took it
 * @param repository as hosts name it
 * @param marker of that repository
 * @param reason why it is not AVAILABLE
 * @param job the attempt, and its name in the repository
 * @param host that is at it; null before there is one
 * @param previous the attempt that changes are found against; null: none
 * @param provenAt when a guest that was booted from it gave a sign of life
 * @param restoreSeconds how long that took
 * @param schedule that it was begun by; null: by hand
 * @param answer the last that the host has said of the attempt
 */
public record Backup(
        BackupId id,
        TenantId tenant,
        VmId vm,
        String vmName,
        OperationId operation,
        String repository,
        UUID marker,
        State state,
        @Nullable String reason,
        BackupId job,
        int attempts,
        @Nullable HostId host,
        @Nullable BackupId previous,
        BackedUp content,
        int freezeMillis,
        @Nullable Integer bandwidthMiBs,
        @Nullable BackupAnswer answer,
        @Nullable Instant verifiedAt,
        @Nullable Instant provenAt,
        @Nullable Double restoreSeconds,
        @Nullable ScheduleId schedule,
        Instant createdAt,
        @Nullable Instant endedAt) {

    /**
     * <pre>
     * TAKING --> AVAILABLE --> DELETING --> gone
     *    |                        ^
     *    +-----> FAILED ----------+
     * </pre>
     */
    public enum State {
        /** A host is at it, or is to be. */
        TAKING,
        /** It is in the repository, whole, and was read again. */
        AVAILABLE,
        /** There is none. */
        FAILED,
        /** It is going from the repository. */
        DELETING
    }

    /** What the host is to do. */
    public BackupJob toDo() {
        List<DiskId> disks = content.disks().stream().map(BackedUp.Disk::id).toList();
        return new BackupJob(job, repository, disks, previous, freezeMillis, bandwidthMiBs);
    }

    /** Until when its repository lets nobody delete it; null: at any time. */
    @Nullable
    Instant retainUntil() {
        BackupAnswer.Result result = answer == null ? null : answer.result();
        return state != State.AVAILABLE || result == null ? null : result.retainUntil();
    }

    Etag etag() {
        return Etag.of(this);
    }
}
