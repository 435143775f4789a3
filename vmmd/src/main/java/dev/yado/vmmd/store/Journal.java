package dev.yado.vmmd.store;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.VmShape;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the host did with a VM.
 *
 * @param endedEpoch the newest run epoch whose run has ended: nothing is started under it or a lower one
 * @param preparedGeneration the newest generation whose disks are known to be ready
 * @param machineType the versioned machine type, pinned by the first start
 * @param disks those that were made here: one that is gone is lost, not yet to be made; null in a record of before
 * @param move null while it neither comes nor goes
 */
public record Journal(
        long endedEpoch,
        long preparedGeneration,
        @Nullable String machineType,
        Run run,
        @Nullable Set<DiskId> disks,
        @Nullable Move move) {
    public static final Journal EMPTY =
            new Journal(Long.MIN_VALUE, Long.MIN_VALUE, null, new Run.None(), Set.of(), null);

    public Journal withMove(@Nullable Move next) {
        return new Journal(endedEpoch, preparedGeneration, machineType, run, disks, next);
    }

    public Journal withRun(Run next) {
        return new Journal(endedEpoch, preparedGeneration, machineType, next, disks, move);
    }

    /** The run under {@code epoch} is over and will not be begun again. */
    public Journal ended(long epoch, Run.Ended how) {
        return new Journal(Math.max(endedEpoch, epoch), preparedGeneration, machineType, how, disks, move);
    }

    public Journal prepared(long generation) {
        return new Journal(endedEpoch, generation, machineType, run, disks, move);
    }

    public Journal pinned(String type) {
        return new Journal(endedEpoch, preparedGeneration, type, run, disks, move);
    }

    /** These disks are there from now on. */
    public Journal made(VmShape shape) {
        Set<DiskId> all = new TreeSet<>(made());
        shape.disks().forEach(disk -> all.add(disk.id()));
        return new Journal(endedEpoch, preparedGeneration, machineType, run, all, move);
    }

    public Set<DiskId> made() {
        return disks == null ? Set.of() : disks;
    }
}
