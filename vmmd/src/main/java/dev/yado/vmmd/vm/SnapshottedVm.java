package dev.yado.vmmd.vm;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.storage.DiskLayers;
import dev.yado.storage.Pools;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.snapshot.Order;
import dev.yado.vmmd.snapshot.SnapshotRun;
import dev.yado.vmmd.store.Snapshots;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of a VM, as its loop sees them: one job at a time, which is gone on with whenever the VM lets it. While it is, nobody else
 * opens the VM's disks. Only the loop's thread touches it.
 */
final class SnapshottedVm {
    private static final Logger log = LoggerFactory.getLogger(SnapshottedVm.class);
    private static final Duration BETWEEN_GOES = Duration.ofSeconds(1);

    private final VmId id;
    private final HostParts host;
    private final VmRecords records;
    private final Consumer<VmEvent> loop;
    private @Nullable Snapshots known;
    private @Nullable SnapshotRun run;
    private long againAt = Long.MIN_VALUE;

    /**
     * What the VM is at the moment.
     *
     * @param rests nothing else is under way and it is as it is wanted
     * @param otherwise why its disks cannot be had now; null: they can
     */
    record Standing(
            @Nullable LiveGuest guest,
            boolean rests,
            @Nullable String otherwise) {}

    SnapshottedVm(VmId id, HostParts host, VmRecords records, Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.records = records;
        this.loop = loop;
    }

    void put(VmEvent.PutSnapshot put, Standing now) throws IOException {
        CompletableFuture<SnapshotAnswer> reply = put.reply();
        try {
            reply.complete(answer(put, now));
        } catch (HostRefusal refusal) {
            reply.completeExceptionally(refusal);
        } catch (IOException e) {
            reply.completeExceptionally(new HostRefusal(
                    ErrorCode.UNAVAILABLE, "The host cannot use what it knows of snapshots: " + e.getMessage()));
            throw e;
        }
    }

    private SnapshotAnswer answer(VmEvent.PutSnapshot put, Standing now) throws IOException {
        SnapshotJob job = put.job();
        VmSpec spec = records.known(put.fence());
        Optional<SnapshotAnswer> before = known().end(job.id());
        if (before.isPresent()) {
            return before.get();
        }
        Snapshots.Work work = known().work();
        if (work != null && work.job().id().equals(job.id())) {
            SnapshotRun way = run;
            return way == null ? SnapshotAnswer.working(job.id(), null) : way.answer();
        }
        if (work != null) {
            throw new HostRefusal(ErrorCode.CONFLICT, "Another job on a snapshot of this VM is under way.");
        }
        if (now.otherwise() != null) {
            throw new HostRefusal(ErrorCode.CONFLICT, now.otherwise());
        }
        LiveGuest guest = now.guest();
        if (!now.rests() || records.move() != null || (guest != null && guest.session() == null)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT, "The VM is not at rest on this host: its disks cannot be had at the moment.");
        }
        if (guest != null && (job.verb() == SnapshotJob.Verb.REVERT || job.verb() == SnapshotJob.Verb.RESTORE)) {
            throw new HostRefusal(ErrorCode.CONFLICT, "The VM runs: it is to be stopped before it goes back.");
        }
        boolean takes = job.verb() == SnapshotJob.Verb.TAKE || job.verb() == SnapshotJob.Verb.RESTORE;
        if (takes && known().gone().contains(job.snapshot())) {
            throw new HostRefusal(ErrorCode.CANCELLED, "The snapshot was deleted before it was taken.");
        }
        requireDisks(spec, job);
        Snapshots begun = known().begin(job);
        host.snapshots().store().write(id, begun);
        known = begun;
        goOn(spec, running(guest));
        return SnapshotAnswer.working(job.id(), null);
    }

    void offer(VmEvent.AskLayers ask) throws IOException {
        try {
            VmSpec spec = records.known(ask.fence());
            if (isActive()) {
                throw new HostRefusal(ErrorCode.CONFLICT, "A job on a snapshot of this VM is under way.");
            }
            ask.reply().complete(layers(spec));
        } catch (YadoException refusal) {
            ask.reply().completeExceptionally(refusal);
        }
    }

    /** Of the disks that lie on this host alone and have snapshots. */
    private List<OfferedDisk> layers(VmSpec spec) {
        Pools.Home home = new Pools.Home(id, host.store().directory(id));
        List<OfferedDisk> layers = new ArrayList<>();
        for (DiskSpec disk : spec.shape().disks()) {
            if (disk.pool() == null && records.journal().made().contains(disk.id())) {
                DiskLayers files = host.pools().layers(home, disk);
                CarriedDisk carried = files.carried();
                if (!carried.files().isEmpty()) {
                    layers.add(new OfferedDisk(
                            carried,
                            carried.files().stream()
                                    .map(CarriedDisk.LayerFile::name)
                                    .collect(Collectors.toMap(
                                            Function.identity(),
                                            name -> files.named(name).orElseThrow()))));
                }
            }
        }
        return layers;
    }

    /** Nothing of what its disks stand on stays behind by this move. */
    boolean goesWhole(MigrationId migration) {
        VmSpec spec = records.spec();
        return spec == null
                || records.move() != null
                || host.moves().offers().has(id, migration)
                || layers(spec).isEmpty();
    }

    private void requireDisks(VmSpec spec, SnapshotJob job) {
        List<DiskId> all = spec.shape().disks().stream().map(DiskSpec::id).toList();
        job.disks().stream().filter(disk -> !all.contains(disk)).findAny().ifPresent(disk -> {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "The VM has no disk " + disk + ".");
        });
        if (!records.journal().made().containsAll(job.disks())) {
            throw new HostRefusal(ErrorCode.CONFLICT, "The VM's disks are not made yet.");
        }
    }

    /** Null when none runs that could be asked. */
    private static Order.@Nullable Guest running(@Nullable LiveGuest guest) {
        if (guest == null) {
            return null;
        }
        QmpSession session = guest.session();
        return session == null ? null : new Order.Guest(session, guest.fileSystems());
    }

    private void goOn(VmSpec spec, Order.@Nullable Guest guest) throws IOException {
        Snapshots now = known();
        Snapshots.Work work = now.work();
        if (work == null || run != null) {
            return;
        }
        SnapshotRun way = new SnapshotRun(
                host.snapshots(),
                new Order(spec, work.job(), host.store().directory(id), guest),
                now,
                who -> loop.accept(new VmEvent.SnapshotOver(who)));
        run = way;
        way.begin();
    }

    void over(VmEvent.SnapshotOver event) {
        SnapshotRun way = event.run();
        if (way == run) {
            run = null;
            Snapshots now = way.known();
            known = now;
            againAt = now.work() == null ? Long.MIN_VALUE : System.nanoTime() + BETWEEN_GOES.toNanos();
            if (now.work() == null) {
                log.info("VM {}: {}", id, way.answer());
            }
        }
    }

    /** Goes on with what an earlier daemon or process did not end. To be called when the VM has nothing else to do. */
    void goOn(Standing now) throws IOException {
        VmSpec spec = records.spec();
        if (spec == null || run != null || known().work() == null || System.nanoTime() < againAt) {
            return;
        }
        LiveGuest guest = now.guest();
        if (now.rests() && now.otherwise() == null && records.move() == null) {
            Order.Guest running = running(guest);
            if (guest == null || (running != null && !running.qemu().isOver())) {
                goOn(spec, running);
            }
        }
    }

    /**
     * The disks are to be opened by somebody else, or to go, and no process has them open: what is in the middle and cannot stay so is
     * carried through first, a deletion is broken off.
     *
     * @return true when they can be had; else the loop hears when to ask again
     */
    boolean makeWay() throws IOException {
        SnapshotRun way = run;
        if (way != null) {
            way.makeWay();
            return false;
        }
        Snapshots.Work work = known().work();
        VmSpec spec = records.spec();
        if (spec == null || work == null || work.job().verb() == SnapshotJob.Verb.DELETE) {
            return true;
        }
        if (System.nanoTime() >= againAt) {
            goOn(spec, null);
            Objects.requireNonNull(run).makeWay();
        }
        return false;
    }

    /** When {@link #goOn} is to be tried again, by {@link System#nanoTime}. */
    long nextTick() {
        return run == null && againAt != Long.MIN_VALUE ? againAt : Long.MAX_VALUE;
    }

    /** A process is about to be started, in which nothing has the names that it had in the one before. */
    void launching() throws IOException {
        if (known().kept().stream().anyMatch(kept -> !kept.nodes().isEmpty())) {
            Snapshots nameless = known().withoutNodes();
            host.snapshots().store().write(id, nameless);
            known = nameless;
        }
    }

    boolean isActive() throws IOException {
        return known().work() != null;
    }

    /** How often a disk's file was changed for another one. */
    long changes() throws IOException {
        return known().changes();
    }

    private Snapshots known() throws IOException {
        Snapshots now = known;
        if (now == null) {
            now = host.snapshots().store().read(id);
            known = now;
        }
        return now;
    }
}
