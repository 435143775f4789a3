package dev.yado.vmmd.store;

import org.jspecify.annotations.Nullable;

/**
 * What the host did with a VM.
 *
 * @param endedEpoch the newest run epoch whose run has ended: nothing is started under it or a lower one
 * @param preparedGeneration the newest generation whose disks are known to be ready
 * @param machineType the versioned machine type, pinned by the first start
 */
public record Journal(
        long endedEpoch, long preparedGeneration, @Nullable String machineType, Run run) {
    public static final Journal EMPTY = new Journal(Long.MIN_VALUE, Long.MIN_VALUE, null, new Run.None());

    public Journal withRun(Run next) {
        return new Journal(endedEpoch, preparedGeneration, machineType, next);
    }

    /** The run under {@code epoch} is over and will not be begun again. */
    public Journal ended(long epoch, Run.Ended how) {
        return new Journal(Math.max(endedEpoch, epoch), preparedGeneration, machineType, how);
    }

    public Journal prepared(long generation) {
        return new Journal(endedEpoch, generation, machineType, run);
    }

    public Journal pinned(String type) {
        return new Journal(endedEpoch, preparedGeneration, type, run);
    }
}
