package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.RepositoryAgent;

/** Reaches what takes backups on hosts. */
public interface BackupAgents {
    /** Never called inside a transaction: what it gives waits for the network. */
    BackupAgent backupOf(HostId host);

    /** As {@link #backupOf}. */
    RepositoryAgent repositoryOf(HostId host);
}
