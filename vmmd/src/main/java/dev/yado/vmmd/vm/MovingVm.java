package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.store.Move;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a VM's loop has to do with moves: it comes, it goes, or neither. While it does one of them, nothing but the move touches its
 * process. Only the loop's thread touches it.
 */
final class MovingVm {
    private final VmId id;
    private final HostParts host;
    private final VmRecords records;
    private final Interruptions interruptions;
    private final ArrivingVm arriving;
    private final DepartingVm departing;

    /** @param doing what is being done for a guest that comes, if it takes long */
    MovingVm(
            VmId id,
            HostParts host,
            VmRecords records,
            Interruptions interruptions,
            Supplier<@Nullable String> doing,
            Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.records = records;
        this.interruptions = interruptions;
        this.arriving = new ArrivingVm(id, host, records, interruptions, doing, loop);
        this.departing = new DepartingVm(id, host, records, interruptions, loop);
    }

    private interface Answering {
        void run() throws IOException;
    }

    /** @return what a departure has ended with, when this event was its end */
    Optional<DepartureAnswer> handle(VmEvent.OfMove event, @Nullable LiveGuest guest, boolean rests)
            throws IOException {
        switch (event) {
            case VmEvent.PutArrival put -> answering(put.reply(), () -> arriving.put(put));
            case VmEvent.Settle settle -> answering(settle.reply(), () -> arriving.settle(settle));
            case VmEvent.Go go -> answering(go.reply(), () -> arriving.go(go, guest));
            case VmEvent.AskArrival ask ->
                answering(ask.reply(), () -> ask.reply().complete(arriving.answer(ask.migration())));
            case VmEvent.AwaitArrival ask -> answering(ask.reply(), () -> arriving.whenReady(ask));
            case VmEvent.AskSource ask ->
                answering(ask.reply(), () -> ask.reply().complete(arriving.source(ask.migration())));
            case VmEvent.LetRun(var process, var failure) -> {
                if (guest != null && guest.process() == process) {
                    arriving.letRunDone(failure, guest);
                }
            }
            case VmEvent.PutDeparture put -> answering(put.reply(), () -> departing.put(put, guest, rests));
            case VmEvent.AskDeparture ask ->
                answering(ask.reply(), () -> ask.reply().complete(departing.answer(ask.migration())));
            case VmEvent.AwaitDeparture ask -> answering(ask.reply(), () -> departing.whenOver(ask));
            case VmEvent.CancelDeparture cancel -> answering(cancel.reply(), () -> departing.cancel(cancel));
            case VmEvent.DepartureEnded ended -> {
                return departing.ended(ended, guest);
            }
            case VmEvent.StorageEnded(var storage, var failure) -> arriving.storageEnded(storage, failure);
            case VmEvent.StorageGone(var storage) -> arriving.storageGone(storage);
            case VmEvent.SayingGo saying -> departing.sayingGo(saying);
            case VmEvent.Release _ -> throw new IllegalStateException("requests are the loop's: " + event);
        }
        return Optional.empty();
    }

    private static void answering(CompletableFuture<?> reply, Answering answer) throws IOException {
        try {
            answer.run();
        } catch (HostRefusal refusal) {
            reply.completeExceptionally(refusal);
        } catch (IOException e) {
            reply.completeExceptionally(new HostRefusal(
                    ErrorCode.UNAVAILABLE, "The host cannot write to its state directory: " + e.getMessage()));
            throw e;
        } catch (RuntimeException e) {
            reply.completeExceptionally(e);
            throw e;
        }
    }

    /**
     * To be called before a spec or a deletion is accepted.
     *
     * @throws HostRefusal when it cannot be until the move is decided
     */
    void makeWay(@Nullable VmSpec next) throws IOException {
        if (comes()) {
            if (next != null) {
                throw new HostRefusal(ErrorCode.CONFLICT, "The VM is coming to this host: settle its migration first.");
            }
            arriving.giveUp(new Cause(Cause.Code.MIGRATION_CANCELLED, "The VM was deleted while it came."));
        }
        departing.makeWay(next);
    }

    /** The controller says that it has gone: then nothing of it is wanted here. */
    void release(VmEvent.Release release) throws IOException {
        if (records.spec() != null) {
            departing.release(release.migration());
        }
        records.accept(new RequestPolicy.Memory(null, release.generation(), release.fence()));
    }

    /** The attempt that was to have a process wait for the guest has come to its end without one. */
    void attemptEnded(VmSpec goal, @Nullable Cause failure, Storage.@Nullable Served served) throws IOException {
        Move.Arriving coming = arriving.arriving();
        if (coming == null) {
            return;
        }
        if (failure != null || coming.arrival().live()) {
            arriving.failed(
                    failure == null
                            ? new Cause(Cause.Code.START_FAILED, "The process that was to wait for it did not come up.")
                            : failure);
            return;
        }
        records.prepared(goal);
        ArrivalAnswer.Endpoint nowhere = new ArrivalAnswer.Endpoint(
                host.moves().streamAddress(),
                null,
                null,
                host.moves().authority().name());
        if (served != null) {
            arriving.served(served.storage());
        }
        records.write(coming.waitingAt(served == null ? nowhere : served.endpoint()));
        arriving.ready();
    }

    /** A process waits for the guest. */
    void waits(VmSpec goal, long pid, ArrivalAnswer.Endpoint where) throws IOException {
        Move.Arriving coming = arriving.arriving();
        if (coming != null) {
            records.waits(goal, pid, coming.waitingAt(where));
            arriving.ready();
        }
    }

    void event(QmpEvent event, LiveGuest guest) throws IOException {
        if (event instanceof QmpEvent.Migration(var status)) {
            arriving.heard(status, guest);
            QmpSession session = guest.session();
            if (status.over() && session != null) {
                interruptions.askForWaits(session);
            }
        }
        departing.event(event, guest);
    }

    /** There is a conversation again with a process that was there already. */
    void attached(RunStatus status, LiveGuest guest) throws IOException {
        arriving.attached(status, guest);
        if (guest.isEnding()) {
            departing.guestEnds();
        }
        departing.resume(guest.session());
    }

    /**
     * Its process is gone.
     *
     * @return true when that was the end of a run
     */
    boolean processGone(Cause why) throws IOException {
        Move.Arriving coming = arriving.arriving();
        if (coming != null && records.spec() != null) {
            if (!coming.letRun()) {
                arriving.failed(why);
                return false;
            }
            arriving.recover(false);
        }
        departing.processGone();
        return true;
    }

    /**
     * An earlier daemon left it so.
     *
     * @return true when what follows from its process being there or not is not the move's to say
     */
    boolean recover(boolean found) throws IOException {
        arriving.recover(found);
        if (!found && departing.departing() != null) {
            departing.resume(null);
            return false;
        }
        return true;
    }

    /** It comes, and may not be let run. */
    boolean comes() {
        return arriving.arriving() != null && records.spec() != null;
    }

    /** It goes, or has gone. */
    boolean goes() {
        return departing.departing() != null;
    }

    boolean hasGone() {
        Move.Departing going = departing.departing();
        return going != null && going.gone();
    }

    /** What is to be reported instead of what its process does; null: that. */
    @Nullable
    ObservedState state(@Nullable LiveGuest guest) {
        if (comes()) {
            return ObservedState.ARRIVING;
        }
        if (!goes() || records.spec() == null) {
            return null;
        }
        if (departing.mayHaveGone()) {
            return ObservedState.DEPARTED;
        }
        VmSpec spec = records.spec();
        boolean runs = guest != null && !guest.isEnding() && spec.desired() == DesiredState.RUNNING;
        // Held for the switch-over is as good as running.
        return runs ? ObservedState.RUNNING : null;
    }

    /** It goes on here after all: its cards are reached here again. */
    void stays() {
        VmSpec spec = records.spec();
        if (spec != null && !spec.nics().isEmpty()) {
            Thread.ofVirtual().name("plug in " + id).start(() -> host.networks().arrived(spec));
        }
    }

    void tick(boolean process) throws IOException {
        arriving.tick(process);
    }

    long nextTick() {
        return arriving.nextTick();
    }
}
