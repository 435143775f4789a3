package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupId;
import dev.yado.vmmd.qemu.QemuUser;
import dev.yado.vmmd.store.BackupStore;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * What all backups of a host share.
 *
 * @param unfinished those that an earlier daemon began
 * @param turns of jobs that are carried out beside one another
 * @param user whom QEMU runs as
 */
public record BackupParts(
        Repositories repositories,
        BackupStore store,
        Map<BackupId, BackupStore.Begun> unfinished,
        Restores restores,
        Semaphore turns,
        QemuUser user) {
    public BackupParts {
        unfinished = Map.copyOf(unfinished);
    }
}
