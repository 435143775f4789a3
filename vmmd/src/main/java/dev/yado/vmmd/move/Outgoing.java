package dev.yado.vmmd.move;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.vmmd.move.ladder.Abilities;
import dev.yado.vmmd.move.ladder.Ladder;
import dev.yado.vmmd.move.ladder.Opening;
import dev.yado.vmmd.network.FlowWatch;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One guest on its way to another host, on a thread of its own, from the first question to the destination until it is known where
 * the guest belongs. The loop of its VM tells it what QEMU says, in QEMU's order, so that a guest that has ended by itself is
 * cancelled before it could be let run elsewhere.
 *
 * <p>Either {@code go} is said or it is cancelled, never both: whichever comes first. Nothing here lets the guest run at the source:
 * that is its loop's to do once this has ended with STAYED.
 */
public final class Outgoing {
    private static final Logger log = LoggerFactory.getLogger(Outgoing.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final MoveParts host;
    private final Order order;
    private final Departure departure;
    private final Listener listener;
    private final Peer peer;
    private final ToldFlows flows;
    private final Course course;
    private final Parting parting;
    private final Transfer transfer;
    private final Thread thread;
    private Leaving leaving;
    private @Nullable Storage storage;

    /**
     * @param disks that the guest has, in their order
     * @param memoryBytes that the guest has
     * @param since when the departure was begun, which may have been by an earlier daemon
     * @param directory the VM's
     * @param atRest null for one that runs
     * @param flows its cards'
     * @param heldSince the guest is held for this move since then, as an earlier daemon has seen; null: it runs, or was held before
     */
    public record Order(
            VmId vm,
            Departure departure,
            List<DiskId> disks,
            long memoryBytes,
            Instant since,
            Path directory,
            @Nullable AtRest atRest,
            FlowWatch flows,
            @Nullable Instant heldSince) {}

    /**
     * A VM that does not run: only its disks go.
     *
     * @param disks opens those that are copied
     * @param goSaid they are all there, and an earlier daemon may have said go
     */
    public record AtRest(Storage.Opening disks, boolean goSaid) {}

    /** Told on the thread of the departure; must not block. */
    public interface Listener {
        /** The guest is held and may run there from now on: packets that still come here are to be sent on. */
        void leaves();

        /**
         * Returns when it lasts that go may have been said of a VM that does not run.
         *
         * @throws IOException when it does not, so that it may not be said
         */
        void saysGo(Outgoing who) throws IOException, InterruptedException;

        /** The guest is slowed down for the first time. @param percent of its processors' time */
        void slows(int percent);

        /** The last word, unless the daemon ends before. */
        void ended(Outgoing who, Outcome outcome);
    }

    public sealed interface Outcome {
        /** @param answer HANDED_OVER or STAYED */
        record Decided(DepartureAnswer answer) implements Outcome {}

        /**
         * The conversation with QEMU ended: to be taken up by {@link #resume} once there is another.
         *
         * @param goSaid or may have been
         */
        record Lost(String why, boolean goSaid) implements Outcome {}
    }

    private enum Begun {
        NOW,
        /** By somebody who may have said go. */
        BEFORE,
        BEFORE_AND_NOT_SAID
    }

    private Outgoing(MoveParts host, Order order, @Nullable QmpSession session, Listener listener, Begun begun) {
        this.host = host;
        this.order = order;
        this.departure = order.departure();
        this.listener = listener;
        this.leaving = new Leaving(
                session == null ? null : new SourceQemu(host, session, order.directory()),
                new CopiedDisks(departure, order.disks(), session));
        this.peer = new Peer(host.tls(), departure.to(), departure.destinationUrl(), order.vm(), departure.id());
        this.flows = new ToldFlows(order.vm(), order.flows(), peer);
        this.course = new Course(order);
        if (begun != Begun.NOW) {
            course.takenUp(
                    order.atRest() == null
                            ? begun == Begun.BEFORE
                            : order.atRest().goSaid());
        }
        boolean postCopy = departure.endpoint().postCopy();
        Abilities both = new Abilities(true, true, postCopy, postCopy && Streams.PREEMPT, 1);
        this.parting = new Parting(order.vm(), course, peer, flows, listener, host.lessons());
        this.transfer = new Transfer(
                order.vm(),
                course,
                new Ladder(departure.goal(), both, order.memoryBytes(), order.since()),
                new Warmth(order.vm(), peer, flows),
                parting,
                listener);
        this.thread = Thread.ofVirtual().name("move " + order.vm()).unstarted(() -> run(begun != Begun.NOW));
    }

    /** A move that begins with {@link #begin}. */
    public static Outgoing fresh(MoveParts host, Order order, @Nullable QmpSession session, Listener listener) {
        return new Outgoing(host, order, session, listener, Begun.NOW);
    }

    /**
     * A move that another daemon, or this one with a conversation that was lost, has begun. It is not carried on: it is broken off
     * where that can be done, else the destination is asked.
     *
     * @param session null when the process is gone
     * @param notSaid it is known that go was not said: then it never is
     */
    public static Outgoing resume(
            MoveParts host, Order order, @Nullable QmpSession session, boolean notSaid, Listener listener) {
        Outgoing outgoing =
                new Outgoing(host, order, session, listener, notSaid ? Begun.BEFORE_AND_NOT_SAID : Begun.BEFORE);
        outgoing.thread.start();
        return outgoing;
    }

    /** To be called once. */
    public void begin() {
        thread.start();
    }

    /** QEMU says how far it is. */
    public void heard(Status status) {
        course.heard(status);
    }

    /** QEMU says that the guest is held. */
    public void held() {
        course.held();
        flows.tellLast();
    }

    /** QEMU says that the guest runs. */
    public void runs() {
        course.runs();
    }

    /** Takes effect at the next look. */
    public void goal(MigrationGoal goal) {
        transfer.goal(goal);
    }

    /** False when {@code go} has been said: only the destination knows. */
    public boolean cancel(Cause why) {
        return course.cancel(why);
    }

    /** Who gives out permissions to run has said that it stays, so the destination has aborted it. */
    public void overrule(Cause why) {
        course.overrule(why);
    }

    public Phase phase() {
        return course.phase();
    }

    /** While it is not over: its end is told by who writes it down. */
    public DepartureAnswer answer() {
        return course.answer();
    }

    private void run(boolean resumed) {
        Outcome outcome;
        try {
            outcome = resumed ? takeUp() : order.atRest() == null ? depart() : departAtRest(order.atRest());
        } catch (InterruptedException e) {
            log.debug("VM {}: the daemon ends while it departs", order.vm());
            return;
        } catch (IOException e) {
            outcome = failed(e);
        } catch (RuntimeException e) {
            log.error("VM {}: its departure failed", order.vm(), e);
            outcome = failed(e);
        } finally {
            Storage open = storage;
            if (open != null) {
                open.close();
            }
        }
        listener.ended(this, outcome);
    }

    private Outcome depart() throws IOException, InterruptedException {
        SourceQemu source = leaving.qemu();
        if (source == null) {
            throw new IOException("its process is gone");
        }
        Integer port = departure.endpoint().memoryPort();
        if (port == null) {
            return parting.stayed(
                    leaving, new Cause(Cause.Code.MIGRATION_FAILED, "The destination waits for no running guest."));
        }
        // Its connection takes as long as making the keys.
        FutureTask<@Nullable Cause> asked = new FutureTask<>(this::notReady);
        Thread.ofVirtual().start(asked);
        source.trust(departure);
        Opening opening = transfer.opening();
        source.set(opening, departure.endpoint().postCopy(), !leaving.disks().none());
        Cause notReady = answered(asked);
        if (notReady != null) {
            return parting.stayed(leaving, notReady);
        }
        course.opened(opening.rungs());
        Duration before = course.elapsed();
        transfer.disks(leaving.disks());
        if (course.isCancelled()) {
            return parting.stayed(leaving, course.reason());
        }
        course.beginsMemory(course.elapsed().minus(before));
        source.migrate(departure.endpoint(), port);
        Thread.ofVirtual().start(flows::tell);
        return transfer.memory(leaving, source);
    }

    private static @Nullable Cause answered(FutureTask<@Nullable Cause> asked)
            throws IOException, InterruptedException {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
    }

    private @Nullable Cause notReady() throws IOException {
        ArrivalAnswer there = peer.arrival(Peer.ANSWER);
        return there.phase() == ArrivalAnswer.Phase.READY
                ? null
                : new Cause(
                        Cause.Code.MIGRATION_FAILED,
                        "The destination is not ready for it: " + there.phase() + because(there.cause()));
    }

    /** Where the disks are, the VM is. */
    private Outcome departAtRest(AtRest atRest) throws IOException, InterruptedException {
        Cause notReady = notReady();
        if (notReady != null) {
            return parting.stayed(leaving, notReady);
        }
        if (!leaving.disks().none()) {
            Storage open = atRest.disks().open();
            storage = open;
            SourceQemu source = new SourceQemu(host, open.session(), order.directory());
            leaving = new Leaving(source, new CopiedDisks(departure, order.disks(), open.session()));
            source.trustDisks(departure);
            transfer.disks(leaving.disks());
            if (course.isCancelled()) {
                return parting.stayed(leaving, course.reason());
            }
            leaving.disks().complete();
            open.quit();
            source.forget();
        }
        if (!course.sayGo()) {
            return parting.stayed(leaving, course.reason());
        }
        try {
            listener.saysGo(this);
        } catch (IOException e) {
            return parting.stayed(leaving, new Cause(Cause.Code.MIGRATION_FAILED, String.valueOf(e.getMessage())));
        }
        return saidAtRest();
    }

    private Outcome saidAtRest() throws IOException, InterruptedException {
        course.phase(Phase.SWITCHING);
        return parting.ask(leaving, Phase.HANDED_OVER);
    }

    private Outcome failed(Exception e) {
        String why = String.valueOf(e.getMessage());
        boolean said = course.saidGo();
        SourceQemu source = leaving.qemu();
        if (order.atRest() != null && !said) {
            cancel(new Cause(Cause.Code.MIGRATION_FAILED, why));
            return parting.stayed(leaving, course.reason());
        }
        if (source == null || source.session().isDeaf() || said) {
            return new Outcome.Lost(why, said);
        }
        log.warn("VM {}: it cannot depart: {}", order.vm(), why);
        cancel(new Cause(Cause.Code.MIGRATION_FAILED, why));
        try {
            return breakOff(source);
        } catch (IOException broken) {
            return new Outcome.Lost(String.valueOf(broken.getMessage()), false);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            return new Outcome.Lost("the daemon ends", true);
        }
    }

    private Outcome takeUp() throws IOException, InterruptedException {
        course.suppose(new Cause(
                Cause.Code.MIGRATION_FAILED,
                "The host's daemon was restarted, or lost QEMU, before it was switched over."));
        AtRest atRest = order.atRest();
        if (atRest != null) {
            return atRest.goSaid() ? saidAtRest() : parting.stayed(leaving, course.reason());
        }
        SourceQemu source = leaving.qemu();
        if (course.isCancelled()) {
            return source == null ? parting.stayed(leaving, course.reason()) : breakOff(source);
        }
        if (source == null) {
            return inDoubt();
        }
        Status status = source.statistics().status();
        if (status == Status.COMPLETED) {
            return inDoubt();
        }
        if (status.following()) {
            course.phase(Phase.FOLLOWING);
            Outcome outcome = parting.insist(leaving, Phase.FOLLOWING);
            return outcome == null ? transfer.memory(leaving, source) : outcome;
        }
        return breakOff(source);
    }

    private Outcome inDoubt() throws IOException, InterruptedException {
        course.phase(Phase.IN_DOUBT);
        return parting.ask(leaving, Phase.HANDED_OVER);
    }

    /** Ends a migration that is under way in QEMU. It may have come to its end meanwhile: then the destination is asked. */
    private Outcome breakOff(SourceQemu source) throws IOException, InterruptedException {
        leaving.disks().cut();
        while (true) {
            MigrationStatistics now = source.statistics();
            switch (now.status()) {
                case NONE, FAILED, CANCELLED -> {
                    return parting.stayed(leaving, course.reason());
                }
                case COMPLETED -> {
                    return course.isCancelled() ? parting.stayed(leaving, course.reason()) : inDoubt();
                }
                case SETUP, ACTIVE, PRE_SWITCHOVER, DEVICE, OTHER -> source.cancel();
                case CANCELLING -> {}
                case POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER -> {
                    if (!course.isCancelled()) {
                        return inDoubt();
                    }
                    source.cancel();
                }
            }
            course.next(BETWEEN_LOOKS);
        }
    }

    static String because(@Nullable Cause cause) {
        return cause == null ? "." : ": " + cause.detail();
    }
}
