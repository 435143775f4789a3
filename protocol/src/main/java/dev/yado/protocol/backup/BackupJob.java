package dev.yado.protocol.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A backup that is to be taken.
 *
 * @param repository as the host names it
 * @param disks of the VM, all at one instant; never empty
 * @param previous a backup of the same VM in the same repository, so that only what has changed is stored; null: all is read and
 *     stored. Complete by itself is each
 * @param freezeMillis how long the guest may take to make its file systems still; then it is gone on without
 * @param bandwidthMiBs to be read from the disks at most, in MiB/s; null: as fast as the host can
 */
public record BackupJob(
        BackupId id,
        String repository,
        List<DiskId> disks,
        @Nullable BackupId previous,
        int freezeMillis,
        @Nullable Integer bandwidthMiBs) {
    public static final int DEFAULT_FREEZE_MILLIS = 5000;

    public BackupJob {
        disks = List.copyOf(disks);
        if (disks.isEmpty()) {
            throw new IllegalArgumentException("a backup has at least one disk");
        }
        if (freezeMillis < 0 || freezeMillis > 60_000) {
            throw new IllegalArgumentException("freezeMillis is 0 to 60000, not " + freezeMillis);
        }
        if (bandwidthMiBs != null && bandwidthMiBs < 1) {
            throw new IllegalArgumentException("bandwidthMiBs is at least 1, not " + bandwidthMiBs);
        }
    }
}
