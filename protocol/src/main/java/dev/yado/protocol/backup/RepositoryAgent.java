package dev.yado.protocol.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;

/**
 * What a controller asks of any host that has a repository. Over HTTP: {@code DELETE /v1/repositories/{name}/backups/{backup}}, which
 * answers with a {@link Forgotten}.
 */
public interface RepositoryAgent {

    /** @param backup of which the repository knows nothing any more */
    record Forgotten(BackupId backup) {}

    /**
     * The repository knows nothing of the backup any more, also when it never did; one that is being taken has been broken off before. What no other backup needs of it is collected by the
     * host some time later.
     *
     * @param repository as the host names it
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#REPOSITORY_UNAVAILABLE} when the host has no such repository or
     *     cannot write to it; {@link ErrorCode#BACKUP_RETAINED} before the time until which it is kept
     */
    Forgotten forgetBackup(CallFence fence, String repository, BackupId backup);
}
