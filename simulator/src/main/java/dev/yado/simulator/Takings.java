package dev.yado.simulator;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges;
import dev.yado.protocol.backup.BackupAnswer.Phase;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.backup.RepositoryAgent.Forgotten;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Backups that the host takes, and disks that it makes from them. What came of them is on its disk; what is under way ends with the
 * daemon. Used under the host's lock.
 */
final class Takings {
    private static final long MIB = 1 << 20;

    private final Map<VmId, Under> underWay = new LinkedHashMap<>();
    private final Map<BackupId, BackupAnswer> ended = new HashMap<>();

    private final HostMemory memory;
    private final @Nullable SimulatedRepository repository;
    private final Daemon daemon;

    /** @param failure what it comes to; null: it succeeds */
    private record Under(BackupJob job, BackupAnswer answer, BackupAnswer.@Nullable Failure failure) {}

    Takings(HostMemory memory, @Nullable SimulatedRepository repository, Daemon daemon) {
        this.memory = memory;
        this.repository = repository;
        this.daemon = daemon;
    }

    BackupAnswer put(CallFence fence, VmId vm, BackupJob job) {
        BackupAnswer known = ended.get(job.id());
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
        Under present = underWay.get(vm);
        if (present != null && !present.job().id().equals(job.id())) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT, "Backup " + present.job().id() + " of VM " + vm + " is under way.");
        }
        if (present == null) {
            requireStill(guest);
            require(job.repository());
            requireDisks(spec, job);
            underWay.put(vm, new Under(job, answer(job, Phase.PREPARING, null), null));
            daemon.passed(SimulatedHost.Moment.CALL_ACCEPTED);
            daemon.begin();
        }
        return look(vm, job.id());
    }

    static void requireStill(Guest guest) {
        boolean still = switch (guest.report.state()) {
            case RUNNING, PAUSED, STOPPED, CRASHED, FAILED -> guest.moving == null;
            case ABSENT, PREPARING, STARTING, STOPPING, ARRIVING, DEPARTED -> false;
        };
        if (!still) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "VM " + guest.report.id() + " is " + guest.report.state() + ": it comes, goes,"
                            + " starts or stops.");
        }
    }

    /** @throws HostRefusal {@link ErrorCode#REPOSITORY_UNAVAILABLE} */
    SimulatedRepository require(String name) {
        SimulatedRepository there = repository;
        if (there == null || !there.name().equals(name)) {
            throw new HostRefusal(ErrorCode.REPOSITORY_UNAVAILABLE, "This host has no repository " + name + ".");
        }
        return there;
    }

    private static void requireDisks(VmSpec spec, BackupJob job) {
        List<DiskId> disks = spec.shape().disks().stream().map(DiskSpec::id).toList();
        if (!disks.containsAll(job.disks())) {
            throw new HostRefusal(
                    ErrorCode.NOT_FOUND,
                    "VM " + spec.id() + " has the disks " + disks + ", not all of " + job.disks() + ".");
        }
    }

    BackupAnswer look(VmId vm, BackupId backup) {
        BackupAnswer known = ended.get(backup);
        Under present = underWay.get(vm);
        if (known != null) {
            return known;
        }
        if (present == null || !present.job().id().equals(backup)) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host knows no backup " + backup + " of VM " + vm + ".");
        }
        return present.answer();
    }

    BackupAnswer cancel(VmId vm, BackupId backup) {
        BackupAnswer known = ended.get(backup);
        if (known != null) {
            return known;
        }
        Under present = underWay.get(vm);
        if (present != null && present.job().id().equals(backup)) {
            underWay.remove(vm);
        }
        return end(new BackupAnswer(
                backup,
                Phase.CANCELLED,
                null,
                null,
                List.of(),
                null,
                new BackupAnswer.Failure(ErrorCode.CANCELLED, "asked for")));
    }

    Forgotten forget(String name, BackupId backup) {
        SimulatedRepository there = require(name);
        String problem = there.problem();
        if (problem != null) {
            throw new HostRefusal(ErrorCode.REPOSITORY_UNAVAILABLE, problem);
        }
        if (underWay.values().stream().anyMatch(each -> each.job().id().equals(backup))) {
            throw new HostRefusal(ErrorCode.CONFLICT, "Backup " + backup + " is under way here.");
        }
        there.forget(backup);
        return new Forgotten(backup);
    }

    /** Goes on with what is under way: each turn is one phase. @return whether there was anything to do */
    boolean work() {
        Map<VmId, Under> due = Map.copyOf(underWay);
        due.forEach((vm, present) -> {
            if (present.failure() != null) {
                fail(vm, present, present.failure());
            } else {
                step(vm, present);
            }
        });
        return !due.isEmpty();
    }

    private void step(VmId vm, Under present) {
        SimulatedRepository there = repository;
        String problem = there == null ? "it is gone" : there.problem();
        if (there == null || problem != null) {
            fail(vm, present, new BackupAnswer.Failure(ErrorCode.REPOSITORY_UNAVAILABLE, String.valueOf(problem)));
            return;
        }
        switch (present.answer().phase()) {
            case PREPARING -> {
                underWay.put(vm, new Under(present.job(), copying(vm, present.job(), there), null));
                daemon.begin();
            }
            case COPYING, VERIFYING -> {
                underWay.remove(vm);
                Map<DiskId, Long> sizes = sizes(vm, present.job());
                there.put(present.job().id(), new SimulatedRepository.Content(vm, sizes));
                end(done(present, sizes));
            }
            case DONE, FAILED, CANCELLED -> throw new IllegalStateException("not under way: " + present);
        }
    }

    private Map<DiskId, Long> sizes(VmId vm, BackupJob job) {
        RequestPolicy.Memory told = memory.require(vm).memory;
        VmSpec spec = told == null ? null : told.spec();
        Map<DiskId, Long> sizes = new HashMap<>();
        if (spec != null) {
            spec.shape().disks().stream()
                    .filter(disk -> job.disks().contains(disk.id()))
                    .forEach(disk -> sizes.put(disk.id(), disk.size().value()));
        }
        return sizes;
    }

    private BackupAnswer copying(VmId vm, BackupJob job, SimulatedRepository there) {
        Guest guest = memory.require(vm);
        boolean runs = guest.alive;
        Optional<SimulatedRepository.Content> before =
                Optional.ofNullable(job.previous()).flatMap(there::find);
        List<DiskChanges> changes = job.disks().stream()
                .map(disk -> before.filter(content -> content.disks().containsKey(disk))
                                .isPresent()
                        ? new DiskChanges(disk, DiskChanges.Found.BITMAP, null, MIB)
                        : new DiskChanges(
                                disk,
                                DiskChanges.Found.FULL,
                                "there is no backup of it to compare with",
                                sizes(vm, job).getOrDefault(disk, 0L) * MIB))
                .toList();
        long total = changes.stream().mapToLong(DiskChanges::changedBytes).sum();
        return new BackupAnswer(
                job.id(),
                Phase.COPYING,
                new BackupAnswer.Progress(total, total / 2),
                new BackupAnswer.Point(
                        daemon.now(),
                        runs ? Consistency.CRASH : Consistency.STOPPED,
                        runs ? "a simulated guest has no agent" : null,
                        runs ? 1 : 0),
                changes,
                null,
                null);
    }

    private static BackupAnswer done(Under present, Map<DiskId, Long> sizes) {
        BackupAnswer so = present.answer();
        long read = so.disks().stream().mapToLong(DiskChanges::changedBytes).sum();
        long size = sizes.values().stream().mapToLong(Long::longValue).sum() * MIB;
        return new BackupAnswer(
                so.id(),
                Phase.DONE,
                so.progress(),
                so.point(),
                so.disks(),
                new BackupAnswer.Result(read, read / 2, read / MIB, 0, size, 20, null),
                null);
    }

    private void fail(VmId vm, Under present, BackupAnswer.Failure failure) {
        underWay.remove(vm);
        BackupAnswer so = present.answer();
        end(new BackupAnswer(so.id(), Phase.FAILED, so.progress(), so.point(), so.disks(), null, failure));
    }

    private BackupAnswer end(BackupAnswer answer) {
        ended.put(answer.id(), answer);
        return answer;
    }

    private static BackupAnswer answer(BackupJob job, Phase phase, BackupAnswer.@Nullable Progress progress) {
        return new BackupAnswer(job.id(), phase, progress, null, List.of(), null, null);
    }

    /** The VM goes: to another host, or for good. */
    void makeWay(VmId vm, String why) {
        Under present = underWay.get(vm);
        if (present != null) {
            fail(vm, present, new BackupAnswer.Failure(ErrorCode.BACKUP_FAILED, why));
        }
    }

    void daemonDied() {
        Map.copyOf(underWay).forEach((vm, _) -> makeWay(vm, "the daemon was restarted while it was taken"));
    }

    void wipe() {
        underWay.clear();
        ended.clear();
    }

    /** What those that are under way at this moment come to. */
    void fail(BackupAnswer.Failure failure) {
        underWay.replaceAll((_, present) -> new Under(present.job(), present.answer(), failure));
    }

    /** Makes the disks that come from backups, once. @return why they cannot be made; null: they are there */
    @Nullable
    Cause makeDisks(Guest guest) {
        RequestPolicy.Memory told = guest.memory;
        VmSpec spec = told == null ? null : told.spec();
        if (spec == null || guest.hasDisks) {
            return null;
        }
        for (DiskSpec disk : spec.shape().disks()) {
            DiskOrigin origin = disk.origin();
            if (origin != null && !isThere(origin)) {
                return new Cause(
                        Cause.Code.BACKUP_UNAVAILABLE,
                        "the disk " + origin.disk() + " of backup " + origin.backup() + " is not in the repository "
                                + origin.repository());
            }
        }
        guest.hasDisks = true;
        return null;
    }

    /** @throws HostRefusal {@link ErrorCode#REPOSITORY_UNAVAILABLE} */
    void requireThere(Collection<DiskOrigin> origins) {
        origins.forEach(origin -> {
            if (!isThere(origin)) {
                throw new HostRefusal(
                        ErrorCode.REPOSITORY_UNAVAILABLE, "Backup " + origin.backup() + " cannot be read here.");
            }
        });
    }

    private boolean isThere(DiskOrigin origin) {
        SimulatedRepository there = repository;
        return there != null
                && there.name().equals(origin.repository())
                && there.find(origin.backup())
                        .filter(content -> content.disks().containsKey(origin.disk()))
                        .isPresent();
    }
}
