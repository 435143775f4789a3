package dev.yado.protocol.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;

/**
 * What a controller asks of the host that has a VM. Every call is idempotent and may be repeated or lost without harm.
 *
 * <p>A job that was under way when its daemon ended is FAILED when the daemon is back, with {@link ErrorCode#BACKUP_FAILED}: a new job
 * under a new id stores only what the repository does not have yet. What is DONE stays so.
 *
 * <p>Over HTTP: {@code PUT, GET, DELETE /v1/vms/{id}/backup[?backup=B]}.
 */
public interface BackupAgent {

    /**
     * Begins to take a backup, of a VM that runs or is stopped. Returns when it is over, or after half a second; the same
     * call again answers how far it is.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} when the VM is not here or has no such disk;
     *     {@link ErrorCode#CONFLICT} while another backup of the VM is under way, or while it comes, goes, starts or is stopping;
     *     {@link ErrorCode#STALE_GENERATION} for a fence that was overtaken; {@link ErrorCode#REPOSITORY_UNAVAILABLE} when the host
     *     has no such repository
     */
    BackupAnswer putBackup(CallFence fence, VmId vm, BackupJob job);

    /**
     * How far it is.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} for a backup that was never heard of here
     */
    BackupAnswer backup(VmId vm, BackupId backup);

    /**
     * Breaks it off while that can be done: then it is CANCELLED, perhaps a little later. Else the answer says how far it is. For one
     * that was never heard of here: CANCELLED, from then on.
     */
    BackupAnswer cancelBackup(CallFence fence, VmId vm, BackupId backup);
}
