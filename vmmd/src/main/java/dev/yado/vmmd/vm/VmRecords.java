package dev.yado.vmmd.vm;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.vmmd.store.Journal;
import dev.yado.vmmd.store.Move;
import dev.yado.vmmd.store.Run;
import dev.yado.vmmd.store.VmStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was accepted for a VM and what was done about it, in memory and on disk. Where a method fails to write, what it was told
 * holds in memory nevertheless, except for {@link #accept}: a request that cannot be kept is not taken.
 */
final class VmRecords {
    private final VmId id;
    private final HostParts host;
    private RequestPolicy.@Nullable Memory memory;
    private Journal journal;
    private boolean onDisk;
    private boolean startToMakeLast;

    /** @param onDisk the VM has a directory */
    VmRecords(VmId id, HostParts host, RequestPolicy.@Nullable Memory memory, Journal journal, boolean onDisk) {
        this.id = id;
        this.host = host;
        this.memory = memory;
        this.journal = journal;
        this.onDisk = onDisk;
    }

    RequestPolicy.@Nullable Memory memory() {
        return memory;
    }

    /** Null once deleted. */
    @Nullable
    VmSpec spec() {
        return memory == null ? null : memory.spec();
    }

    long generation() {
        return memory == null ? Long.MIN_VALUE : memory.generation();
    }

    Journal journal() {
        return journal;
    }

    /** Only while a process is there. */
    Run.Running running() {
        return (Run.Running) journal.run();
    }

    Run.@Nullable GracefulStop stop() {
        return journal.run() instanceof Run.Running run ? run.stop() : null;
    }

    boolean onDisk() {
        return onDisk;
    }

    void removed() {
        onDisk = false;
    }

    /** Makes it last, then takes it over. */
    void accept(RequestPolicy.Memory next) throws IOException {
        VmSpec spec = next.spec();
        if (spec == null) {
            Instant now = host.clock().instant();
            host.store().entomb(id, new VmStore.Tombstone(next, Observation.runEpoch(journal), now, sharedPools()));
        } else {
            host.store().remember(id, next);
            if (!onDisk) {
                journal = Journal.EMPTY;
                onDisk = true;
            } else if (isPreparedFor(spec)) {
                journal = journal.prepared(next.generation());
            }
        }
        memory = next;
    }

    /** As {@link #accept}, of a VM that comes from another host: should only a part of it last, the VM was never here. */
    void acceptArrival(RequestPolicy.Memory next, Move.Arriving arriving) throws IOException {
        Journal fresh = Journal.EMPTY.withMove(arriving);
        host.store().remember(id, fresh, next);
        journal = fresh;
        onDisk = true;
        memory = next;
    }

    /**
     * The spec of a VM that is here, for a call that was not overtaken.
     *
     * @throws HostRefusal {@link ErrorCode#NOT_FOUND}, {@link ErrorCode#STALE_GENERATION}
     */
    VmSpec known(CallFence fence) {
        RequestPolicy.Memory now = memory;
        VmSpec spec = now == null ? null : now.spec();
        if (now == null || spec == null) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host holds no VM " + id + ".");
        }
        CallFence newest = now.fence();
        if (fence.operation().equals(newest.operation()) && fence.epoch() < newest.epoch()) {
            throw new HostRefusal(
                    ErrorCode.STALE_GENERATION,
                    "operation " + fence.operation() + " has been taken over at epoch " + newest.epoch()
                            + ", this call has " + fence.epoch());
        }
        return spec;
    }

    /** Null while it neither comes nor goes. */
    @Nullable
    Move move() {
        return journal.move();
    }

    /** Lasts when it returns. */
    void write(@Nullable Move next) throws IOException {
        journal = journal.withMove(next);
        host.store().record(id, journal);
    }

    /** As {@link #write(Move)}, for what a power cut undoes anyway. */
    void note(Move next) throws IOException {
        journal = journal.withMove(next);
        host.store().note(id, journal);
    }

    /** A process waits for the guest. */
    void waits(VmSpec goal, long pid, Move.Arriving arriving) throws IOException {
        Run.Launch launch = ((Run.Starting) journal.run()).launch();
        journal = journal.withRun(new Run.Running(
                        goal.runEpoch(),
                        launch,
                        pid,
                        goal.reboots(),
                        null,
                        host.clock().instant()))
                .withMove(arriving);
        host.store().note(id, journal);
    }

    /** The guest that came has been let run. */
    void arrived() throws IOException {
        if (journal.run() instanceof Run.Running run) {
            journal = journal.withRun(new Run.Running(
                    run.runEpoch(),
                    run.launch(),
                    run.pid(),
                    run.rebootsDone(),
                    null,
                    host.clock().instant()));
        }
        write((Move) null);
    }

    /** Where it has disks that go with it: none when it belongs to another host. */
    private Set<String> sharedPools() throws IOException {
        VmSpec known = spec();
        if (known == null) {
            return host.store().tombstone(id).map(VmStore.Tombstone::disksIn).orElse(Set.of());
        }
        boolean isAnothers = switch (move()) {
            case Move.Arriving _ -> true;
            case Move.Departing departing -> departing.gone();
            case null -> false;
        };
        return isAnothers
                ? Set.of()
                : known.shape().disks().stream()
                        .map(DiskSpec::pool)
                        .flatMap(Stream::ofNullable)
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Its disks are those of the spec before it, which are ready. */
    private boolean isPreparedFor(VmSpec next) {
        VmSpec known = spec();
        return known != null
                && known.shape().equals(next.shape())
                && journal.preparedGeneration() >= known.generation();
    }

    /** To be called before QEMU is executed. A power cut ends what is started here as well, so it need not outlast one. */
    void starting(VmSpec goal, Run.Launch launch) throws IOException {
        journal = journal.pinned(launch.machineType())
                .prepared(goal.generation())
                .made(goal.shape())
                .withRun(new Run.Starting(goal.runEpoch(), launch));
        host.store().note(id, journal);
    }

    /**
     * To be called before the guest is let run. From here on a daemon that comes back knows of it; that it outlasts a power cut is
     * for {@link #makeLast} to see to, for which the guest does not wait.
     */
    void started(VmSpec goal, long pid) throws IOException {
        Run.Launch launch = ((Run.Starting) journal.run()).launch();
        journal = journal.withRun(new Run.Running(
                goal.runEpoch(), launch, pid, goal.reboots(), null, host.clock().instant()));
        host.store().note(id, journal);
        startToMakeLast = true;
    }

    /** To be called once nobody waits any more: makes the newest start outlast a power cut. */
    void makeLast() throws IOException {
        if (startToMakeLast) {
            startToMakeLast = false;
            host.store().record(id, journal);
        }
    }

    void write(Run.Running next) throws IOException {
        journal = journal.withRun(next);
        host.store().record(id, journal);
    }

    void prepared(VmSpec goal) throws IOException {
        journal = journal.prepared(goal.generation()).made(goal.shape());
        host.store().record(id, journal);
    }

    void failed(long generation, Cause cause) throws IOException {
        journal = journal.withRun(new Run.Failed(generation, cause, host.clock().instant()));
        host.store().record(id, journal);
    }

    /** A start was broken off before the guest ran. */
    void neverRan() throws IOException {
        if (journal.run() instanceof Run.Starting) {
            journal = journal.withRun(new Run.None());
            host.store().record(id, journal);
        }
    }

    void ended(Run.Running run, Ending ending) throws IOException {
        journal = journal.ended(
                run.runEpoch(),
                new Run.Ended(ending.state(), ending.cause(), host.clock().instant()));
        VmSpec spec = spec();
        if (spec == null || spec.desired() == DesiredState.STOPPED) {
            // Should a power cut undo this, the spec itself says that the run is over.
            host.store().note(id, journal);
        } else {
            host.store().record(id, journal);
        }
    }

    /**
     * Writes the files again that are not as they were written.
     *
     * @return what was wrong with them
     */
    List<DriftFinding> restore() throws IOException {
        RequestPolicy.Memory known = memory;
        if (known == null || known.spec() == null || !onDisk) {
            return List.of();
        }
        List<DriftFinding> wrong = new ArrayList<>();
        Instant now = host.clock().instant();
        switch (host.store().memoryFile(id, known)) {
            case VmStore.Kept.AsWritten _ -> {}
            case VmStore.Kept.Missing _ ->
                wrong.add(Finding.record(DriftKind.SPEC_MISSING, id, "memory.json", "gone", now));
            case VmStore.Kept.Damaged(String why) ->
                wrong.add(Finding.record(DriftKind.SPEC_DAMAGED, id, "memory.json", why, now));
            case VmStore.Kept.Changed(RequestPolicy.Memory other) -> {
                VmSpec spec = other.spec();
                wrong.add(
                        spec == null || spec.id().equals(id)
                                ? Finding.record(
                                        DriftKind.SPEC_EDITED,
                                        id,
                                        "memory.json",
                                        "another content, generation " + other.generation(),
                                        now)
                                : Finding.record(
                                        DriftKind.SPEC_OF_ANOTHER_VM,
                                        id,
                                        "memory.json",
                                        "the spec of VM " + spec.id(),
                                        now));
            }
        }
        if (!wrong.isEmpty()) {
            host.store().remember(id, known);
        }
        String journalIs = switch (host.store().journalFile(id, journal)) {
            case VmStore.Kept.AsWritten _ -> null;
            case VmStore.Kept.Missing _ -> journal.equals(Journal.EMPTY) ? null : "gone";
            case VmStore.Kept.Damaged(String why) -> why;
            case VmStore.Kept.Changed _ -> "another content";
        };
        if (journalIs != null) {
            wrong.add(Finding.record(DriftKind.JOURNAL_CHANGED, id, "journal.json", journalIs, now));
            host.store().record(id, journal);
        }
        return wrong;
    }

    /** The process of a start that had not been written down whole. */
    void found(long pid) throws IOException {
        journal = Recovery.ofFound(host, journal, memory, pid);
        host.store().record(id, journal);
    }
}
