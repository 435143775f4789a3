package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.vmmd.move.Outgoing;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.store.Move;
import dev.yado.vmmd.store.MoveStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A VM that goes to another host, as its loop sees it: what is asked, what is on disk and what follows when it is known where the
 * VM belongs. The way itself is {@link Outgoing}'s. Only the loop's thread touches it.
 */
final class DepartingVm {
    private static final Logger log = LoggerFactory.getLogger(DepartingVm.class);

    private static final String GUEST_ENDED = "The guest ended before it was switched over.";

    private final VmId id;
    private final HostParts host;
    private final VmRecords records;
    private final Interruptions interruptions;
    private final Consumer<VmEvent> loop;
    private final List<VmEvent.AwaitDeparture> forItsEnd = new ArrayList<>();
    private @Nullable Outgoing outgoing;
    /** Set while nobody carries it on: the last one who did had not said go, so it has not gone. */
    private boolean notSaid;

    DepartingVm(VmId id, HostParts host, VmRecords records, Interruptions interruptions, Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.records = records;
        this.interruptions = interruptions;
        this.loop = loop;
    }

    /** @param rests nothing else is under way and the VM is as it is wanted */
    void put(VmEvent.PutDeparture put, @Nullable LiveGuest guest, boolean rests) throws IOException {
        Departure departure = put.departure();
        VmSpec spec = records.known(put.fence());
        Optional<MoveStore.Departed> before = host.moves().store().departure(departure.id());
        if (before.isPresent()) {
            put.reply().complete(before.get().answer());
            return;
        }
        Move move = records.move();
        if (move instanceof Move.Departing underWay && underWay.id().equals(departure.id())) {
            Outgoing way = outgoing;
            if (way != null && !underWay.departure().goal().equals(departure.goal())) {
                records.write(new Move.Departing(
                        departure,
                        underWay.generation(),
                        underWay.runEpoch(),
                        underWay.since(),
                        underWay.gone(),
                        underWay.goSaid()));
                way.goal(departure.goal());
            }
            put.reply().complete(answer(departure.id()));
            return;
        }
        if (move != null) {
            throw new HostRefusal(ErrorCode.CONFLICT, "Migration " + move.id() + " of this VM is under way.");
        }
        QmpSession session = guest == null ? null : guest.session();
        boolean live = departure.endpoint().memoryPort() != null;
        if (live == (spec.desired() == DesiredState.STOPPED)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    live
                            ? "The destination waits for a running guest, and the VM is stopped."
                            : "The destination waits for no running guest, and the VM runs.");
        }
        if (!rests || (live ? session == null : guest != null)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT, "The VM is not at rest on this host: it cannot be moved at the moment.");
        }
        Move.Departing departing = new Move.Departing(
                departure,
                records.generation(),
                live ? records.running().runEpoch() : spec.runEpoch(),
                host.clock().instant(),
                false,
                null);
        Outgoing way = Outgoing.fresh(host.moves(), order(departing, spec), session, new Ear(spec, departure));
        records.write(departing);
        log.info("VM {}: it goes to host {} by migration {}", id, departure.to(), departure.id());
        outgoing = way;
        way.begin();
        put.reply().complete(answer(departure.id()));
    }

    /** @throws HostRefusal {@link ErrorCode#NOT_FOUND} for a move that was never heard of here */
    DepartureAnswer answer(MigrationId migration) throws IOException {
        Optional<MoveStore.Departed> ended = host.moves().store().departure(migration);
        if (ended.isPresent()) {
            return ended.get().answer();
        }
        Move.Departing departing = departing();
        if (departing == null || !departing.id().equals(migration)) {
            throw new HostRefusal(
                    ErrorCode.NOT_FOUND, "This host never heard of a departure by migration " + migration + ".");
        }
        Outgoing way = outgoing;
        return way == null ? new DepartureAnswer(migration, Phase.IN_DOUBT, null, List.of(), null, null) : way.answer();
    }

    /** Does not answer while it is copied or switched over. */
    void whenOver(VmEvent.AwaitDeparture ask) throws IOException {
        DepartureAnswer now = answer(ask.migration());
        switch (now.phase()) {
            case COPYING, SWITCHING -> {
                forItsEnd.removeIf(waiting -> waiting.reply().isDone());
                forItsEnd.add(ask);
            }
            case FOLLOWING, IN_DOUBT, HANDED_OVER, STAYED -> ask.reply().complete(now);
        }
    }

    private void over() throws IOException {
        List<VmEvent.AwaitDeparture> asked = List.copyOf(forItsEnd);
        forItsEnd.clear();
        for (VmEvent.AwaitDeparture each : asked) {
            whenOver(each);
        }
    }

    void cancel(VmEvent.CancelDeparture cancel) throws IOException {
        Move.Departing departing = departing();
        Outgoing way = outgoing;
        if (departing != null && departing.id().equals(cancel.migration()) && way != null) {
            way.cancel(new Cause(Cause.Code.MIGRATION_CANCELLED, "The move was cancelled as asked."));
        }
        cancel.reply().complete(answer(cancel.migration()));
    }

    /**
     * To be called before a spec is accepted, or a deletion.
     *
     * @throws HostRefusal when the VM has gone, or may have
     */
    void makeWay(@Nullable VmSpec next) {
        Move.Departing departing = departing();
        if (departing == null) {
            return;
        }
        if (departing.gone()) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "The VM has gone to host " + departing.departure().to() + ".");
        }
        boolean permitted = next != null && next.runEpoch() > departing.runEpoch();
        Outgoing way = outgoing;
        if (way == null) {
            if (!permitted) {
                throw new HostRefusal(ErrorCode.CONFLICT, inDoubt(departing));
            }
        } else if (permitted) {
            way.overrule(new Cause(
                    Cause.Code.MIGRATION_CANCELLED, "The controller has said that the VM stays on this host."));
        } else if (!way.cancel(new Cause(Cause.Code.MIGRATION_CANCELLED, "Something newer was asked of the VM."))) {
            throw new HostRefusal(ErrorCode.CONFLICT, inDoubt(departing));
        }
    }

    private String inDoubt(Move.Departing departing) {
        return "The VM is being handed over to host " + departing.departure().to()
                + ", or has been: only that host knows.";
    }

    /**
     * The controller says that it has gone.
     *
     * @throws HostRefusal {@link ErrorCode#CONFLICT} while its guest runs here
     */
    void release(MigrationId migration) throws IOException {
        Move.Departing departing = departing();
        if (departing == null || !departing.id().equals(migration)) {
            throw new HostRefusal(ErrorCode.CONFLICT, "The VM has not left this host by migration " + migration + ".");
        }
        Outgoing way = outgoing;
        if (departing.gone() || way == null || way.phase() == Phase.IN_DOUBT) {
            records.write(departing.asGone());
            outgoing = null;
            return;
        }
        throw new HostRefusal(ErrorCode.CONFLICT, "The VM is still on this host: " + way.phase() + ".");
    }

    /** What QEMU says, in its order. */
    void event(QmpEvent event, LiveGuest guest) {
        Outgoing way = outgoing;
        if (way == null) {
            return;
        }
        if (guest.isEnding()) {
            guestEnds();
        }
        switch (event) {
            case QmpEvent.Stopped _ -> {
                way.held();
                Move.Departing departing = departing();
                if (departing != null && !guest.isEnding()) {
                    interruptions.heldFor(departing.departure());
                }
            }
            case QmpEvent.Resumed _ -> way.runs();
            case QmpEvent.Migration(var status) -> way.heard(status);
            default -> {}
        }
    }

    /** Written down before it may be heard: from here on only the destination knows. */
    void sayingGo(VmEvent.SayingGo saying) throws IOException {
        Move.Departing departing = departing();
        if (departing == null || saying.outgoing() != outgoing) {
            saying.written().complete(false);
            return;
        }
        try {
            records.write(departing.sayingGo());
            saying.written().complete(true);
        } catch (IOException e) {
            saying.written().completeExceptionally(e);
            throw e;
        }
    }

    /** It powers itself off, crashes or was killed. */
    void guestEnds() {
        Outgoing way = outgoing;
        if (way != null) {
            way.cancel(new Cause(Cause.Code.MIGRATION_CANCELLED, GUEST_ENDED));
        }
    }

    /** Its process is gone. */
    void processGone() throws IOException {
        guestEnds();
        Move.Departing departing = departing();
        if (departing == null || departing.gone() || outgoing != null) {
            return;
        }
        if (notSaid) {
            guestIsGone(departing);
        } else {
            resume(null);
        }
    }

    private Optional<DepartureAnswer> guestIsGone(Move.Departing departing) throws IOException {
        Cause why = new Cause(Cause.Code.MIGRATION_CANCELLED, GUEST_ENDED);
        return decided(departing, new DepartureAnswer(departing.id(), Phase.STAYED, null, List.of(), null, why));
    }

    /**
     * There is a conversation with its process again, or the process is known to be gone.
     *
     * @param session null when it is gone
     */
    void resume(@Nullable QmpSession session) {
        Move.Departing departing = departing();
        VmSpec spec = records.spec();
        if (departing != null && !departing.gone() && outgoing == null && spec != null) {
            outgoing = Outgoing.resume(
                    host.moves(), order(departing, spec), session, notSaid, new Ear(spec, departing.departure()));
            notSaid = false;
        }
    }

    /** @return how it ended; empty when it is not over or was known before */
    Optional<DepartureAnswer> ended(VmEvent.DepartureEnded event, @Nullable LiveGuest guest) throws IOException {
        Move.Departing departing = departing();
        if (event.outgoing() != outgoing || departing == null) {
            return Optional.empty();
        }
        outgoing = null;
        return switch (event.outcome()) {
            case Outgoing.Outcome.Lost(String why, boolean goSaid) -> {
                notSaid = !goSaid;
                if (guest == null && notSaid) {
                    yield guestIsGone(departing);
                }
                log.warn("VM {}: its departure is looked at again: {}", id, why);
                QmpSession session = guest == null ? null : guest.session();
                if (guest == null || (session != null && !session.isDeaf())) {
                    resume(session);
                }
                yield Optional.empty();
            }
            case Outgoing.Outcome.Decided(DepartureAnswer answer) -> decided(departing, answer);
        };
    }

    private Optional<DepartureAnswer> decided(Move.Departing departing, DepartureAnswer answer) throws IOException {
        host.moves().store().ended(new MoveStore.Departed(id, answer));
        boolean gone = answer.phase() == Phase.HANDED_OVER;
        VmSpec spec = records.spec();
        interruptions.departed(answer, spec == null || spec.desired() != DesiredState.RUNNING);
        records.write(gone ? departing.asGone() : null);
        over();
        log.info(
                "VM {}: migration {} has ended {}: {}",
                id,
                answer.id(),
                answer.phase(),
                gone ? answer.result() : answer.cause());
        return Optional.of(answer);
    }

    /** Its guest may run elsewhere. */
    boolean mayHaveGone() {
        Move.Departing departing = departing();
        Outgoing way = outgoing;
        return departing != null && (departing.gone() || way == null || way.phase() == Phase.IN_DOUBT);
    }

    Move.@Nullable Departing departing() {
        return records.move() instanceof Move.Departing departing ? departing : null;
    }

    private Outgoing.Order order(Move.Departing departing, VmSpec spec) {
        return new Outgoing.Order(
                id,
                departing.departure(),
                spec.shape().disks().stream().map(DiskSpec::id).toList(),
                spec.shape().memory().value() << 20,
                departing.since(),
                host.store().directory(id),
                atRest(departing, spec),
                host.networks().flowsOf(spec),
                interruptions.heldForMoveSince());
    }

    /** Null for a VM that runs: the destination waits for its memory. */
    private Outgoing.@Nullable AtRest atRest(Move.Departing departing, VmSpec spec) {
        Departure departure = departing.departure();
        if (departure.endpoint().memoryPort() != null) {
            return null;
        }
        Set<DiskId> made = records.journal().made();
        return new Outgoing.AtRest(
                () -> StartUp.disks(host, spec, made).open(departure.copied()), departing.mayHaveSaidGo());
    }

    private final class Ear implements Outgoing.Listener {
        private final VmSpec spec;
        private final Departure departure;

        Ear(VmSpec spec, Departure departure) {
            this.spec = spec;
            this.departure = departure;
        }

        @Override
        public void leaves() {
            if (!spec.nics().isEmpty()) {
                Thread.ofVirtual()
                        .name("relay " + id)
                        .start(() -> host.networks().departed(spec, departure.tunnelEndpoint()));
            }
        }

        @Override
        public void saysGo(Outgoing who) throws IOException, InterruptedException {
            CompletableFuture<Boolean> written = new CompletableFuture<>();
            loop.accept(new VmEvent.SayingGo(who, written));
            try {
                if (!written.get()) {
                    throw new IOException("The move is not under way any more.");
                }
            } catch (ExecutionException e) {
                throw new IOException("The host cannot write down that the VM leaves: " + e.getMessage(), e);
            }
        }

        @Override
        public void slows(int percent) {
            host.disruptions()
                    .begin(
                            id,
                            Disruption.Kind.MIGRATION_THROTTLE,
                            host.clock().instant(),
                            "Migration " + departure.id() + " to host " + departure.to() + " held its processors for "
                                    + percent + " % of the time, or more.");
        }

        @Override
        public void ended(Outgoing who, Outgoing.Outcome outcome) {
            loop.accept(new VmEvent.DepartureEnded(who, outcome));
        }
    }
}
