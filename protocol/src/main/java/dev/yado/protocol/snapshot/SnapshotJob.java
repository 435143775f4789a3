package dev.yado.protocol.snapshot;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.SnapshotId;
import java.util.List;
import java.util.UUID;

/**
 * What is to be done about a snapshot.
 *
 * @param id of this job: the same one again is the same job
 * @param disks of the VM, all at one instant; those of the snapshot where it is there already; never empty
 * @param origins for a RESTORE, what each of the disks is to have, in their order; else empty
 */
public record SnapshotJob(UUID id, Verb verb, SnapshotId snapshot, List<DiskId> disks, List<Source> origins) {
    /** Of anything but a RESTORE. */
    public SnapshotJob(UUID id, Verb verb, SnapshotId snapshot, List<DiskId> disks) {
        this(id, verb, snapshot, disks, List.of());
    }

    /** What a disk is to have. */
    public record Source(DiskId disk, DiskOrigin origin) {}

    public enum Verb {
        /** Keep what the disks have. The guest, when there is one, goes on. */
        TAKE,
        /** The disks have again what the snapshot has; what they had is lost. The VM is stopped. */
        REVERT,
        /** Nothing is kept for the snapshot any more. The guest, when there is one, goes on, and other snapshots stay as they are. */
        DELETE,
        /** The disks have what a backup has; what they had is the snapshot, to be gone back to. The VM is stopped. */
        RESTORE
    }

    public SnapshotJob {
        disks = List.copyOf(disks);
        if (disks.isEmpty()) {
            throw new IllegalArgumentException("a snapshot has at least one disk");
        }
        origins = List.copyOf(origins);
        List<DiskId> given = origins.stream().map(Source::disk).toList();
        if (!given.equals(verb == Verb.RESTORE ? disks : List.of())) {
            throw new IllegalArgumentException("a RESTORE, and nothing else, has an origin for each disk");
        }
    }
}
