package dev.yado.simulator;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.migration.Carried;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots that the host keeps. All of it is on its disk: what is under way is gone on with by the next daemon. Used under the host's
 * lock.
 */
final class Snapshots {
    private final Map<VmId, SnapshotJob> underWay = new LinkedHashMap<>();
    private final Map<UUID, SnapshotAnswer> ended = new HashMap<>();
    private final Map<VmId, Set<SnapshotId>> kept = new HashMap<>();
    private final Set<SnapshotId> gone = new HashSet<>();

    private final HostMemory memory;
    private final Takings takings;
    private final Daemon daemon;

    Snapshots(HostMemory memory, Takings takings, Daemon daemon) {
        this.takings = takings;
        this.memory = memory;
        this.daemon = daemon;
    }

    SnapshotAnswer put(CallFence fence, VmId vm, SnapshotJob job) {
        SnapshotAnswer known = ended.get(job.id());
        if (known != null) {
            return known;
        }
        Guest guest = memory.find(vm);
        RequestPolicy.Memory told = guest == null ? null : guest.memory;
        VmSpec spec = told == null ? null : told.spec();
        if (guest == null || told == null || spec == null) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "VM " + vm + " is not on this host.");
        }
        CallFence newest = told.fence();
        if (fence.operation().equals(newest.operation()) && fence.epoch() < newest.epoch()) {
            throw new HostRefusal(
                    ErrorCode.STALE_GENERATION, "Operation " + fence.operation() + " has been taken over.");
        }
        SnapshotJob present = underWay.get(vm);
        if (present != null && !present.id().equals(job.id())) {
            throw new HostRefusal(ErrorCode.CONFLICT, "Another job on a snapshot of VM " + vm + " is under way.");
        }
        if (present == null) {
            Takings.requireStill(guest);
            requireDisks(spec, job);
            switch (job.verb()) {
                case REVERT -> {
                    requireStopped(guest, vm);
                    if (!of(vm).contains(job.snapshot())) {
                        throw new HostRefusal(
                                ErrorCode.NOT_FOUND, "VM " + vm + " has no snapshot " + job.snapshot() + ".");
                    }
                }
                case RESTORE -> {
                    requireStopped(guest, vm);
                    takings.requireThere(job.origins().stream()
                            .map(SnapshotJob.Source::origin)
                            .toList());
                }
                case TAKE, DELETE -> {}
            }
            if (job.verb() != SnapshotJob.Verb.DELETE && gone.contains(job.snapshot())) {
                throw new HostRefusal(ErrorCode.CANCELLED, "The snapshot was deleted before it was taken.");
            }
            underWay.put(vm, job);
            daemon.passed(SimulatedHost.Moment.CALL_ACCEPTED);
            daemon.begin();
        }
        return SnapshotAnswer.working(job.id(), null);
    }

    private static void requireDisks(VmSpec spec, SnapshotJob job) {
        List<DiskId> disks = spec.shape().disks().stream().map(DiskSpec::id).toList();
        if (!disks.containsAll(job.disks())) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "VM " + spec.id() + " has the disks " + disks + ".");
        }
    }

    private static void requireStopped(Guest guest, VmId vm) {
        if (guest.alive) {
            throw new HostRefusal(ErrorCode.CONFLICT, "VM " + vm + " runs.");
        }
    }

    /** Those that are kept of a VM. */
    Set<SnapshotId> of(VmId vm) {
        return Set.copyOf(kept.getOrDefault(vm, Set.of()));
    }

    /** Why the disks of a guest cannot be copied from snapshots; null: they are there, or come from none. */
    @Nullable
    Cause missing(Guest guest) {
        RequestPolicy.Memory told = guest.memory;
        VmSpec spec = told == null ? null : told.spec();
        if (spec == null || guest.hasDisks) {
            return null;
        }
        return spec.shape().disks().stream()
                .map(DiskSpec::copy)
                .filter(copy -> copy != null && !of(copy.vm()).contains(copy.snapshot()))
                .findFirst()
                .map(copy -> new Cause(
                        Cause.Code.START_FAILED,
                        "snapshot " + copy.snapshot() + " of VM " + copy.vm() + " is not on this host"))
                .orElse(null);
    }

    /** What a destination needs of them: who has no files sends none. */
    List<CarriedDisk> offer(VmId vm) {
        requireStill(vm);
        Guest guest = memory.find(vm);
        RequestPolicy.Memory told = guest == null ? null : guest.memory;
        VmSpec spec = told == null ? null : told.spec();
        if (spec == null) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "VM " + vm + " is not on this host.");
        }
        return of(vm).isEmpty()
                ? List.of()
                : spec.shape().disks().stream().map(disk -> carried(vm, disk)).toList();
    }

    private CarriedDisk carried(VmId vm, DiskSpec disk) {
        CarriedDisk.Top top =
                new CarriedDisk.Top(disk.id() + ".qcow2", disk.size().bytes(), null, null);
        return new CarriedDisk(
                disk.id(),
                top,
                List.of(),
                of(vm).stream()
                        .map(each -> new CarriedDisk.Label(each, top.name()))
                        .toList());
    }

    /** The VM comes, and they with it. */
    void arrive(VmId vm, @Nullable Carried carried) {
        if (carried != null) {
            kept.put(
                    vm,
                    carried.disks().stream()
                            .flatMap(disk -> disk.snapshots().stream())
                            .map(CarriedDisk.Label::snapshot)
                            .collect(Collectors.toCollection(HashSet::new)));
        }
    }

    /** @throws HostRefusal {@link ErrorCode#CONFLICT} while something is done about them */
    void requireStill(VmId vm) {
        if (underWay.containsKey(vm)) {
            throw new HostRefusal(ErrorCode.CONFLICT, "A job on a snapshot of VM " + vm + " is under way.");
        }
    }

    /** Ends what is under way. @return whether there was anything to do */
    boolean work() {
        Map<VmId, SnapshotJob> due = Map.copyOf(underWay);
        underWay.clear();
        due.forEach((vm, job) -> {
            Set<SnapshotId> now = kept.computeIfAbsent(vm, _ -> new HashSet<>());
            switch (job.verb()) {
                case TAKE, RESTORE -> now.add(job.snapshot());
                case DELETE -> {
                    now.remove(job.snapshot());
                    gone.add(job.snapshot());
                }
                case REVERT -> {}
            }
            Guest guest = memory.find(vm);
            boolean ofGuest = job.verb() == SnapshotJob.Verb.TAKE && guest != null && guest.alive;
            ended.put(
                    job.id(),
                    new SnapshotAnswer(
                            job.id(),
                            SnapshotAnswer.Phase.DONE,
                            null,
                            now.contains(job.snapshot()) ? daemon.now() : null,
                            null,
                            ofGuest ? Consistency.CRASH : null,
                            ofGuest ? "a simulated guest has no agent" : null,
                            null));
        });
        return !due.isEmpty();
    }

    /** The VM goes for good, and they with it. */
    void forget(VmId vm) {
        underWay.remove(vm);
        kept.remove(vm);
    }

    void wipe() {
        underWay.clear();
        ended.clear();
        kept.clear();
        gone.clear();
    }
}
