package dev.yado.vmmd.vm;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostId;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.ArrivalAnswer.Phase;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.move.StreamKeys;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.store.Move;
import dev.yado.vmmd.store.MoveStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A VM that comes from another host, as its loop sees it. Here it is decided, once and for good, whether it has arrived: what is
 * decided is on disk before anybody is told, and an abort is told only when no process of it is left. Only the loop's thread
 * touches it.
 */
final class ArrivingVm {
    private static final Logger log = LoggerFactory.getLogger(ArrivingVm.class);
    /** The source has sent all when it says go: what is still to come is in the kernel. */
    private static final Duration LAST_BYTES = Duration.ofSeconds(5);

    private final VmId id;
    private final HostParts host;
    private final VmRecords records;
    private final Interruptions interruptions;
    private final Supplier<@Nullable String> doing;
    private final Consumer<VmEvent> loop;
    /** To be answered when it is decided and, when it is aborted, no process is left. */
    private final List<CompletableFuture<ArrivalAnswer>> waiters = new ArrayList<>();
    /** To be answered when it is ready, or aborted. Some may have stopped waiting. */
    private final List<VmEvent.AwaitArrival> forReadiness = new ArrayList<>();

    private @Nullable Storage storage;
    private boolean complete;
    private boolean follows;
    private boolean letting;
    private long goAt = Long.MAX_VALUE;
    private long toldAt;
    private @Nullable ArrivalAnswer aborted;

    /** @param doing what is being done for it, if it takes long */
    ArrivingVm(
            VmId id,
            HostParts host,
            VmRecords records,
            Interruptions interruptions,
            Supplier<@Nullable String> doing,
            Consumer<VmEvent> loop) {
        this.doing = doing;
        this.id = id;
        this.host = host;
        this.records = records;
        this.interruptions = interruptions;
        this.loop = loop;
    }

    /** @return true when something was accepted */
    boolean put(VmEvent.PutArrival put) throws IOException {
        Arrival arrival = put.arrival();
        Optional<MoveStore.Decided> decided = host.moves().store().arrival(arrival.id());
        if (decided.isPresent()) {
            ArrivalAnswer answer = decided.get().answer();
            if (answer.phase() == Phase.ABORTED) {
                throw new HostRefusal(
                        ErrorCode.STALE_GENERATION, "Migration " + arrival.id() + " of this VM was aborted here.");
            }
            put.reply().complete(answer);
            return false;
        }
        RequestPolicy.Memory known = records.memory();
        if (known != null && known.spec() != null) {
            if (arriving() instanceof Move.Arriving underWay && underWay.id().equals(arrival.id())) {
                put.reply().complete(answer(arrival.id()));
                return false;
            }
            throw new HostRefusal(ErrorCode.CONFLICT, "VM " + id + " is on this host already.");
        }
        VmSpec spec = arrival.spec();
        if (RequestPolicy.onPut(known, put.fence(), spec) instanceof RequestPolicy.Decision.Refuse(var code, var why)) {
            throw new HostRefusal(code, why);
        }
        if (spec.desired() != DesiredState.STOPPED) {
            host.networks().requireNetworksOf(spec);
        }
        records.acceptArrival(
                new RequestPolicy.Memory(spec, spec.generation(), put.fence()),
                new Move.Arriving(arrival, null, false));
        log.info("VM {}: it comes from host {} by migration {}", id, arrival.from(), arrival.id());
        put.reply().complete(answer(arrival.id()));
        return true;
    }

    /** Decides nothing. */
    ArrivalAnswer answer(MigrationId migration) throws IOException {
        Optional<MoveStore.Decided> decided = host.moves().store().arrival(migration);
        if (decided.isPresent()) {
            return decided.get().answer();
        }
        Move.Arriving arriving = arriving();
        if (arriving == null || !arriving.id().equals(migration)) {
            return new ArrivalAnswer(migration, Phase.ABORTED, null, null);
        }
        ArrivalAnswer.Endpoint endpoint = arriving.endpoint();
        return endpoint == null
                ? new ArrivalAnswer(migration, Phase.PREPARING, null, null, doing.get(), null)
                : new ArrivalAnswer(migration, Phase.READY, endpoint, null);
    }

    /** Does not answer while it makes ready. */
    void whenReady(VmEvent.AwaitArrival ask) throws IOException {
        ArrivalAnswer now = answer(ask.migration());
        if (now.phase() == Phase.PREPARING) {
            forReadiness.removeIf(waiting -> waiting.reply().isDone());
            forReadiness.add(ask);
        } else if (!answersDecided(ask.migration(), ask.reply())) {
            ask.reply().complete(now);
        }
    }

    /** It waits for the guest, or will never. */
    void ready() throws IOException {
        List<VmEvent.AwaitArrival> asked = List.copyOf(forReadiness);
        forReadiness.clear();
        for (VmEvent.AwaitArrival each : asked) {
            whenReady(each);
        }
    }

    void settle(VmEvent.Settle settle) throws IOException {
        MigrationId migration = settle.migration();
        if (answersDecided(migration, settle.reply())) {
            return;
        }
        Move.Arriving arriving = arriving();
        if (arriving == null || !arriving.id().equals(migration)) {
            ArrivalAnswer never = new ArrivalAnswer(migration, Phase.ABORTED, null, null);
            host.moves().store().decide(new MoveStore.Decided(id, null, never));
            settle.reply().complete(never);
            return;
        }
        waiters.add(settle.reply());
        if (!letting) {
            abort(arriving, settle.fence(), null);
        }
    }

    void go(VmEvent.Go go, @Nullable LiveGuest guest) throws IOException {
        if (answersDecided(go.migration(), go.reply())) {
            return;
        }
        Move.Arriving arriving = arriving();
        if (arriving == null || !arriving.id().equals(go.migration())) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host never heard of migration " + go.migration() + ".");
        }
        waiters.add(go.reply());
        toldAt = toldAt == 0 ? System.nanoTime() : toldAt;
        goAt = Math.min(goAt, System.nanoTime() + LAST_BYTES.toNanos());
        goOn(arriving, guest);
    }

    private boolean answersDecided(MigrationId migration, CompletableFuture<ArrivalAnswer> reply) throws IOException {
        ArrivalAnswer underWay = aborted;
        if (underWay != null && underWay.id().equals(migration)) {
            waiters.add(reply);
            return true;
        }
        Optional<MoveStore.Decided> decided = host.moves().store().arrival(migration);
        decided.ifPresent(known -> reply.complete(known.answer()));
        return decided.isPresent();
    }

    /** QEMU says how far what comes in is. */
    void heard(Status status, @Nullable LiveGuest guest) throws IOException {
        Move.Arriving arriving = arriving();
        if (arriving != null && (status == Status.COMPLETED || status == Status.POSTCOPY_ACTIVE)) {
            complete = true;
            follows = status == Status.POSTCOPY_ACTIVE;
            goOn(arriving, guest);
        }
    }

    /** There is a conversation with the process again. */
    void attached(RunStatus status, LiveGuest guest) throws IOException {
        Move.Arriving arriving = arriving();
        if (arriving == null) {
            return;
        }
        letting = false;
        complete = status != RunStatus.INMIGRATE;
        if (status == RunStatus.RUNNING) {
            arrived(arriving, null);
        } else {
            goOn(arriving, guest);
        }
    }

    private void goOn(Move.Arriving arriving, @Nullable LiveGuest guest) throws IOException {
        boolean told = goAt != Long.MAX_VALUE || arriving.letRun();
        if (told && !letting && !arriving.arrival().live()) {
            Storage open = storage;
            if (open == null) {
                arrived(arriving, null);
            } else {
                letting = true;
                Thread.ofVirtual().name("close disks " + id).start(() -> quit(open));
            }
        } else if (told && !letting && complete && guest != null && guest.session() != null) {
            letRun(arriving, guest);
        }
    }

    private void quit(Storage open) {
        try {
            open.quit();
            loop.accept(new VmEvent.StorageEnded(open, null));
        } catch (IOException e) {
            loop.accept(new VmEvent.StorageEnded(open, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** It waits for the disks of a VM that comes without running. */
    void served(Storage open) {
        storage = open;
        open.end().thenRun(() -> loop.accept(new VmEvent.StorageGone(open)));
    }

    /** Its process is gone, without being asked to or as the first that is seen of its end. */
    void storageGone(Storage gone) throws IOException {
        if (gone == storage && !letting) {
            storageEnded(gone, new IOException("the process that took them is gone"));
        }
    }

    /** @param failure null when all that came is on the disks */
    void storageEnded(Storage ended, @Nullable Throwable failure) throws IOException {
        Move.Arriving arriving = arriving();
        if (ended != storage || arriving == null || records.spec() == null) {
            return;
        }
        storage = null;
        letting = false;
        if (failure == null) {
            arrived(arriving, null);
        } else {
            failed(new Cause(
                    Cause.Code.MIGRATION_FAILED, "Its disks were not taken here: " + failure.getMessage() + "."));
        }
    }

    private void letRun(Move.Arriving arriving, LiveGuest guest) throws IOException {
        Move.Arriving marked = arriving.withLetRun(true);
        records.note(marked);
        if (!arriving.arrival().copied().isEmpty()) {
            // Its disks are the guest's alone from here on; QEMU carries out what it is asked in order.
            guest.tell(new BlockCommand.NbdServerStop());
        }
        plugIn(marked.arrival().spec());
        if (marked.arrival().spec().desired() == DesiredState.PAUSED) {
            arrived(marked, null);
            return;
        }
        letting = true;
        guest.ask(new QmpCommand.Cont(), failure -> loop.accept(new VmEvent.LetRun(guest.process(), failure)));
    }

    /** Packets for its cards go to them from here on; the guest does not wait for it. */
    private void plugIn(VmSpec spec) {
        if (!spec.nics().isEmpty()) {
            Thread.ofVirtual().name("plug in " + id).start(() -> host.networks().arrived(spec));
        }
    }

    void letRunDone(@Nullable Throwable failure, @Nullable LiveGuest guest) throws IOException {
        Move.Arriving arriving = arriving();
        if (arriving == null || !letting) {
            return;
        }
        letting = false;
        if (failure == null) {
            log.info("VM {}: it was let run {} µs after go", id, (System.nanoTime() - toldAt) / 1000);
            arrived(arriving, host.clock().instant());
        } else if (guest != null && guest.session() != null) {
            records.note(arriving.withLetRun(false));
            abort(
                    arriving.withLetRun(false),
                    fence(),
                    new Cause(Cause.Code.MIGRATION_FAILED, "It could not be let run here: " + failure.getMessage()));
        }
        // Without a conversation nobody knows whether it runs: the next one tells.
    }

    /** @param ranAt null when it is not known, or it does not run */
    private void arrived(Move.Arriving arriving, @Nullable Instant ranAt) throws IOException {
        ArrivalAnswer answer = new ArrivalAnswer(arriving.id(), Phase.ARRIVED, arriving.endpoint(), null, null, ranAt);
        host.moves().store().decide(new MoveStore.Decided(id, arriving.arrival().from(), answer));
        waiters.forEach(waiter -> waiter.complete(answer));
        waiters.clear();
        goAt = Long.MAX_VALUE;
        records.arrived();
        if (follows) {
            follows = false;
            interruptions.memoryFollows("host " + arriving.arrival().from());
        }
        StreamKeys.remove(host.store().directory(id));
        log.info("VM {}: it has arrived by migration {}", id, arriving.id());
    }

    /** What runs of it is ended and what was made is removed by what is wanted from now on: nothing. */
    private void abort(Move.Arriving arriving, CallFence fence, @Nullable Cause cause) throws IOException {
        ArrivalAnswer answer = new ArrivalAnswer(arriving.id(), Phase.ABORTED, null, cause);
        host.moves().store().decide(new MoveStore.Decided(id, arriving.arrival().from(), answer));
        aborted = answer;
        goAt = Long.MAX_VALUE;
        Storage open = storage;
        storage = null;
        if (open != null) {
            open.close();
        }
        records.accept(new RequestPolicy.Memory(null, arriving.arrival().spec().generation(), fence));
        ready();
        log.info("VM {}: migration {} is aborted here: {}", id, arriving.id(), cause == null ? "as asked" : cause);
    }

    /** @throws HostRefusal when it is being let run */
    void giveUp(Cause cause) throws IOException {
        if (letting) {
            throw new HostRefusal(ErrorCode.CONFLICT, "The VM is being let run on this host.");
        }
        failed(cause);
    }

    /** Its process has ended, or never came up. */
    void failed(Cause cause) throws IOException {
        Move.Arriving arriving = arriving();
        if (arriving != null && records.spec() != null) {
            abort(arriving, fence(), cause);
        }
    }

    /** An earlier daemon left it so. @param found its process is there */
    void recover(boolean found) throws IOException {
        Move.Arriving arriving = arriving();
        if (arriving == null || records.spec() == null) {
            return;
        }
        Optional<MoveStore.Decided> decided = host.moves().store().arrival(arriving.id());
        if (decided.isPresent()) {
            if (decided.get().answer().phase() == Phase.ARRIVED) {
                records.arrived();
            } else {
                records.accept(
                        new RequestPolicy.Memory(null, arriving.arrival().spec().generation(), fence()));
            }
        } else if (!found && arriving.letRun()) {
            arrived(arriving, null);
        } else if (!arriving.arrival().live() && !arriving.arrival().copied().isEmpty()) {
            abort(
                    arriving,
                    fence(),
                    new Cause(Cause.Code.MIGRATION_FAILED, "The daemon was restarted while its disks were copied."));
        } else if (arriving.arrival().live() && (!found || arriving.endpoint() == null)) {
            abort(
                    arriving,
                    fence(),
                    new Cause(Cause.Code.MIGRATION_FAILED, "The process that waited for it here is gone."));
        }
    }

    /** @param process one of it is there or about to be */
    void tick(boolean process) throws IOException {
        ArrivalAnswer answer = aborted;
        if (answer != null) {
            if (!process) {
                aborted = null;
                waiters.forEach(waiter -> waiter.complete(answer));
                waiters.clear();
            }
            return;
        }
        Move.Arriving arriving = arriving();
        if (arriving == null || letting || records.spec() == null) {
            return;
        }
        if (goAt <= System.nanoTime()) {
            abort(
                    arriving,
                    fence(),
                    new Cause(Cause.Code.MIGRATION_FAILED, "It was to be let run before all of it had come."));
        } else if (!arriving.letRun()
                && host.clock().instant().isAfter(arriving.arrival().giveUpAt())) {
            abort(
                    arriving,
                    fence(),
                    new Cause(
                            Cause.Code.MIGRATION_GAVE_UP,
                            "Nobody had it let run by " + arriving.arrival().giveUpAt() + "."));
        }
    }

    /** By {@link System#nanoTime}. */
    long nextTick() {
        Move.Arriving arriving = arriving();
        if (arriving == null || letting || records.spec() == null) {
            return Long.MAX_VALUE;
        }
        Duration left =
                Duration.between(host.clock().instant(), arriving.arrival().giveUpAt());
        long giveUp = left.compareTo(Duration.ofDays(1)) > 0
                ? Long.MAX_VALUE
                : System.nanoTime() + Math.max(0, left.toNanos());
        return Math.min(goAt, giveUp);
    }

    /** Whose word lets it run. */
    Optional<HostId> source(MigrationId migration) throws IOException {
        Move.Arriving arriving = arriving();
        return arriving != null && arriving.id().equals(migration)
                ? Optional.of(arriving.arrival().from())
                : host.moves().store().arrival(migration).map(MoveStore.Decided::from);
    }

    Move.@Nullable Arriving arriving() {
        return records.move() instanceof Move.Arriving arriving ? arriving : null;
    }

    private CallFence fence() {
        RequestPolicy.Memory known = records.memory();
        if (known == null) {
            throw new IllegalStateException("a VM that comes has no memory");
        }
        return known.fence();
    }
}
