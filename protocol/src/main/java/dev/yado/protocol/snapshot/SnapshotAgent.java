package dev.yado.protocol.snapshot;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;

/**
 * What a controller asks of the host that has a VM. The call is idempotent and may be repeated or lost without harm: over HTTP
 * {@code PUT /v1/vms/{id}/snapshot}.
 *
 * <p>A job that was taken is carried to its end, also after daemon or QEMU were killed in the middle: a TAKE or REVERT then is whole or
 * was never there, of all disks, and a DELETE goes on where it was.
 */
public interface SnapshotAgent {
    /** More snapshots below one another make every read of the guest slower, and the host's tables larger. */
    int MOST_BELOW_ONE_ANOTHER = 16;

    /**
     * Begins a job, or says how far it is.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} when the VM is not here, has no such disk or no such
     *     snapshot; {@link ErrorCode#CONFLICT} while another job or a backup of the VM is under way, while its disks still come from a
     *     backup, while it comes, goes, starts or is stopping, and for a REVERT or RESTORE while it runs; {@link ErrorCode#SNAPSHOT_LIMIT};
     *     {@link ErrorCode#STORAGE_FULL}; {@link ErrorCode#STALE_GENERATION} for a fence that was overtaken;
     *     {@link ErrorCode#CANCELLED} for one that was deleted before it was taken
     */
    SnapshotAnswer putSnapshot(CallFence fence, VmId vm, SnapshotJob job);
}
