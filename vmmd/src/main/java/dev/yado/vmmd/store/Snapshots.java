package dev.yado.vmmd.store;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a host knows of the snapshots of one VM.
 *
 * @param kept those that were taken by this host and are there: what came with the VM is known by its files
 * @param work what is being done, by this daemon or the next
 * @param ended how what was done has ended, the newest last
 * @param gone those that were deleted, the newest last: a call that comes late does not take them again
 * @param changes how often a disk's file was changed for another one
 */
public record Snapshots(
        List<Kept> kept, @Nullable Work work, List<SnapshotAnswer> ended, List<SnapshotId> gone, long changes) {
    public static final Snapshots NONE = new Snapshots(List.of(), null, List.of(), List.of(), 0);

    /** Who asked is told the end of what he asked for, though he comes late. */
    private static final int ENDS_KEPT = 20;

    public Snapshots {
        kept = List.copyOf(kept);
        ended = List.copyOf(ended);
        gone = List.copyOf(gone);
    }

    /**
     * @param nodes what its layers are called in QEMU's block graph, by the place of the drive: those that were the guest's own files
     *     when the process began that runs now
     */
    public record Kept(SnapshotId id, List<DiskId> disks, Instant takenAt, Map<Integer, String> nodes) {
        public Kept {
            disks = List.copyOf(disks);
            nodes = Map.copyOf(nodes);
        }
    }

    /** @param decided null while all of it can be undone; from then on it is to be carried through */
    public record Work(SnapshotJob job, @Nullable Decided decided) {}

    /**
     * Everything is prepared.
     *
     * @param from the nodes that drives are on
     * @param to those that they are changed over to; both are empty without a process
     */
    public record Decided(Instant at, Map<Integer, String> from, Map<Integer, String> to) {
        public Decided {
            from = Map.copyOf(from);
            to = Map.copyOf(to);
        }
    }

    public Optional<SnapshotAnswer> end(UUID job) {
        return ended.stream().filter(answer -> answer.job().equals(job)).findFirst();
    }

    public Optional<Kept> kept(SnapshotId id) {
        return kept.stream().filter(each -> each.id().equals(id)).findFirst();
    }

    public Snapshots begin(SnapshotJob job) {
        return new Snapshots(kept, new Work(job, null), ended, gone, changes);
    }

    public Snapshots decide(SnapshotJob job, Decided decided) {
        return new Snapshots(kept, new Work(job, decided), ended, gone, changes);
    }

    /** @param nowKept null for the same as before */
    public Snapshots end(SnapshotAnswer answer, @Nullable List<Kept> nowKept, boolean changed) {
        List<SnapshotAnswer> all = new ArrayList<>(ended);
        all.add(answer);
        return new Snapshots(
                nowKept == null ? kept : nowKept, null, newest(all), gone, changed ? changes + 1 : changes);
    }

    /** There is no such snapshot any more, and will not be. */
    public Snapshots without(SnapshotId id) {
        List<SnapshotId> all = new ArrayList<>(gone);
        all.add(id);
        return new Snapshots(
                kept.stream().filter(each -> !each.id().equals(id)).toList(), work, ended, newest(all), changes);
    }

    private static <T> List<T> newest(List<T> all) {
        return all.subList(Math.max(0, all.size() - ENDS_KEPT), all.size());
    }

    /** The process that the names were in is gone. */
    public Snapshots withoutNodes() {
        List<Kept> nameless = kept.stream()
                .map(each -> new Kept(each.id(), each.disks(), each.takenAt(), Map.of()))
                .toList();
        return new Snapshots(nameless, work, ended, gone, changes);
    }
}
