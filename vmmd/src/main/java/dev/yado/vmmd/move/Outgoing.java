package dev.yado.vmmd.move;

import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationProgress;
import dev.yado.vmmd.move.ladder.Abilities;
import dev.yado.vmmd.move.ladder.Decision;
import dev.yado.vmmd.move.ladder.Ladder;
import dev.yado.vmmd.move.ladder.Opening;
import dev.yado.vmmd.network.FlowWatch;
import dev.yado.vmmd.qmp.MigrationStatistics;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
    /** QEMU reckons its rates anew every 100 ms. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    /** The destination waits for what is still under way to it. */
    private static final Duration ANSWER = Duration.ofSeconds(8);

    /** The guest is held so much longer at most for its connections' sake. */
    private static final Duration LAST_FLOWS = Duration.ofMillis(100);

    /** Of a guest at the switch-over, unless its goal allows more. */
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(3);

    private static final Duration SHORTEST_RETRY = Duration.ofMillis(100);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(2);

    private final MoveParts host;
    private final Order order;
    private final Departure departure;
    private @Nullable SourceQemu qemu;
    private final Listener listener;
    private final Peer peer;
    private final ToldFlows flows;
    private CopiedDisks disks;
    private @Nullable Storage storage;
    private final Ladder ladder;
    private final long began = System.nanoTime();
    private final LinkedBlockingQueue<Status> said = new LinkedBlockingQueue<>();
    private final AtomicReference<Intent> intent = new AtomicReference<>(Intent.OPEN);
    private final List<Rung> rungs = new CopyOnWriteArrayList<>();
    private final Thread thread;

    private volatile Phase phase = Phase.COPYING;
    private volatile @Nullable MigrationProgress progress;
    private volatile @Nullable MigrationGoal newGoal;
    private volatile @Nullable Cause reason;
    private volatile boolean overruled;
    private volatile long heldAt;
    private boolean cancelSent;
    private boolean arrived;
    private double blackoutMs;
    private long throttledMs;
    private long lastLook = began;
    private long warmedAt = began;
    private volatile long answeredAt = began;
    private MigrationGoal goal;

    private enum Intent {
        OPEN,
        CANCELLED,
        SAID_GO
    }

    /**
     * @param disks that the guest has, in their order
     * @param memoryBytes that the guest has
     * @param since when the departure was begun, which may have been by an earlier daemon
     * @param directory the VM's
     * @param atRest null for one that runs
     * @param flows its cards'
     */
    public record Order(
            VmId vm,
            Departure departure,
            List<DiskId> disks,
            long memoryBytes,
            Instant since,
            Path directory,
            @Nullable AtRest atRest,
            FlowWatch flows) {}

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

    private Outgoing(MoveParts host, Order order, @Nullable QmpSession session, Listener listener, boolean resumed) {
        this.host = host;
        this.order = order;
        this.departure = order.departure();
        this.qemu = session == null ? null : new SourceQemu(host, session, order.directory());
        this.listener = listener;
        this.goal = departure.goal();
        this.peer = new Peer(host.tls(), departure.to(), departure.destinationUrl(), order.vm(), departure.id());
        this.flows = new ToldFlows(order.vm(), order.flows(), peer);
        this.disks = new CopiedDisks(departure, order.disks(), session);
        boolean postCopy = departure.endpoint().postCopy();
        Abilities both = new Abilities(true, true, postCopy, postCopy, 1);
        if (resumed) {
            // Perhaps by the daemon before this one.
            intent.set(order.atRest() != null && !order.atRest().goSaid() ? Intent.CANCELLED : Intent.SAID_GO);
        }
        this.ladder = new Ladder(departure.goal(), both, order.memoryBytes(), order.since());
        this.thread = Thread.ofVirtual().name("move " + order.vm()).unstarted(() -> run(resumed));
    }

    /** A move that begins with {@link #begin}. */
    public static Outgoing fresh(MoveParts host, Order order, @Nullable QmpSession session, Listener listener) {
        return new Outgoing(host, order, session, listener, false);
    }

    /**
     * A move that another daemon, or this one with a conversation that was lost, has begun. It is not carried on: it is broken off
     * where that can be done, else the destination is asked.
     *
     * @param session null when the process is gone
     */
    public static Outgoing resume(MoveParts host, Order order, @Nullable QmpSession session, Listener listener) {
        Outgoing outgoing = new Outgoing(host, order, session, listener, true);
        outgoing.thread.start();
        return outgoing;
    }

    /** To be called once. */
    public void begin() {
        thread.start();
    }

    /** QEMU says how far it is. */
    public void heard(Status status) {
        said.add(status);
    }

    /** QEMU says that the guest is held. */
    public void held() {
        heldAt = System.nanoTime();
        if (phase == Phase.COPYING) {
            phase = Phase.SWITCHING;
        }
        flows.tellLast();
    }

    /** QEMU says that the guest runs. */
    public void runs() {
        heldAt = 0;
        if (phase == Phase.SWITCHING && intent.get() != Intent.SAID_GO) {
            phase = Phase.COPYING;
        }
    }

    /** Takes effect at the next look. */
    public void goal(MigrationGoal goal) {
        newGoal = goal;
    }

    /** False when {@code go} has been said: only the destination knows. */
    public boolean cancel(Cause why) {
        if (intent.compareAndSet(Intent.OPEN, Intent.CANCELLED)) {
            reason = why;
            said.add(Status.OTHER);
            return true;
        }
        return intent.get() == Intent.CANCELLED;
    }

    /** Who gives out permissions to run has said that it stays, so the destination has aborted it. */
    public void overrule(Cause why) {
        if (!cancel(why)) {
            reason = why;
            overruled = true;
            said.add(Status.OTHER);
        }
    }

    public Phase phase() {
        return phase;
    }

    /** While it is not over: its end is told by who writes it down. */
    public DepartureAnswer answer() {
        Phase now = phase;
        boolean over = now == Phase.HANDED_OVER || now == Phase.STAYED;
        return new DepartureAnswer(departure.id(), over ? Phase.SWITCHING : now, progress, rungs, null, null);
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
        SourceQemu source = source();
        ArrivalAnswer there = peer.arrival(ANSWER);
        if (there.phase() != ArrivalAnswer.Phase.READY) {
            return stayed(new Cause(
                    Cause.Code.MIGRATION_FAILED,
                    "The destination is not ready for it: " + there.phase() + because(there.cause())));
        }
        Integer port = departure.endpoint().memoryPort();
        if (port == null) {
            return stayed(new Cause(Cause.Code.MIGRATION_FAILED, "The destination waits for no running guest."));
        }
        source.trust(departure);
        Opening opening = ladder.opening(elapsed());
        source.set(opening, departure.endpoint().postCopy(), !disks.none());
        rungs.addAll(opening.rungs());
        disks.follow(this::diskWatch);
        if (intent.get() == Intent.CANCELLED) {
            return stayed(reason());
        }
        source.migrate(departure.endpoint(), port);
        Thread.ofVirtual().start(flows::tell);
        return watch(source);
    }

    /** Where the disks are, the VM is. */
    private Outcome departAtRest(AtRest atRest) throws IOException, InterruptedException {
        ArrivalAnswer there = peer.arrival(ANSWER);
        if (there.phase() != ArrivalAnswer.Phase.READY) {
            return stayed(new Cause(
                    Cause.Code.MIGRATION_FAILED,
                    "The destination is not ready for it: " + there.phase() + because(there.cause())));
        }
        if (!disks.none()) {
            Storage open = atRest.disks().open();
            storage = open;
            SourceQemu source = new SourceQemu(host, open.session(), order.directory());
            qemu = source;
            disks = new CopiedDisks(departure, order.disks(), open.session());
            source.trustDisks(departure);
            disks.follow(this::diskWatch);
            if (intent.get() == Intent.CANCELLED) {
                return stayed(reason());
            }
            disks.complete();
            open.quit();
            source.forget();
        }
        if (!intent.compareAndSet(Intent.OPEN, Intent.SAID_GO)) {
            return stayed(reason());
        }
        try {
            listener.saysGo(this);
        } catch (IOException e) {
            return stayed(new Cause(Cause.Code.MIGRATION_FAILED, String.valueOf(e.getMessage())));
        }
        return said();
    }

    private Outcome said() throws IOException, InterruptedException {
        phase = Phase.SWITCHING;
        Outcome outcome = insist(null, Phase.HANDED_OVER);
        return outcome == null ? stayed(reason()) : outcome;
    }

    /** @return false: nobody wants it any more, or its goal cannot be met */
    private boolean diskWatch(MigrationProgress now) throws IOException {
        progress = now;
        newGoal().ifPresent(ladder::goal);
        stayWarm();
        requireDestination();
        MigrationGoal present = goal;
        if (elapsed().toSeconds() >= present.deadlineSeconds() && intent.compareAndSet(Intent.OPEN, Intent.CANCELLED)) {
            String why = "Of its disks " + (now.totalBytes() - now.remainingBytes() >> 20) + " of "
                    + (now.totalBytes() >> 20) + " MiB were copied in " + present.deadlineSeconds() + " s, at "
                    + (now.bytesPerSecond() >> 20) + " MiB/s.";
            told(new Rung(Instant.now(), Rung.Kind.GIVE_UP, why));
            reason = new Cause(Cause.Code.MIGRATION_GAVE_UP, why);
        }
        return intent.get() == Intent.OPEN;
    }

    /** The guest's writes wait for the other side: not for long for one that is gone. */
    private void requireDestination() throws IOException {
        Duration silent = Duration.ofNanos(System.nanoTime() - answeredAt);
        if (disks.follows() && silent.compareTo(LONGEST_SILENCE) > 0) {
            throw new IOException("The destination has not answered for " + silent.toSeconds()
                    + " s, and what the guest writes has to reach it.");
        }
    }

    private Outcome watch(SourceQemu source) throws IOException, InterruptedException {
        while (true) {
            Status status = said.poll(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
            if (status != null) {
                Outcome outcome = act(source, status);
                if (outcome != null) {
                    return outcome;
                }
                if (!said.isEmpty()) {
                    continue;
                }
            }
            if (intent.get() == Intent.CANCELLED && !cancelSent) {
                cancelSent = true;
                source.cancel();
            }
            look(source);
            stayWarm();
        }
    }

    private void look(SourceQemu source) throws IOException, InterruptedException {
        MigrationStatistics now = source.statistics();
        long at = System.nanoTime();
        if (now.throttlePercent() > 1) {
            throttledMs += (at - lastLook) / 1_000_000;
        }
        lastLook = at;
        newGoal().ifPresent(ladder::goal);
        disks.look();
        requireDestination();
        tooLong(now);
        Decision decision = ladder.next(now, elapsed());
        progress = ladder.progress(now);
        switch (decision) {
            case Decision.Keep _ -> {}
            case Decision.Adjust(var parameters, Rung rung) -> {
                told(rung);
                source.set(parameters);
            }
            case Decision.StartPostCopy(Rung rung) -> {
                told(rung);
                source.startPostCopy();
            }
            case Decision.RecoverPostCopy(String why) -> log.warn("VM {}: {}", order.vm(), why);
            case Decision.GiveUp(Cause cause, Rung rung) -> {
                if (intent.compareAndSet(Intent.OPEN, Intent.CANCELLED)) {
                    told(rung);
                    reason = cause;
                }
            }
        }
    }

    private Optional<MigrationGoal> newGoal() {
        MigrationGoal changed = newGoal;
        if (changed != null) {
            newGoal = null;
            goal = changed;
            try {
                disks.limit(changed.bandwidthMiBs());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return Optional.ofNullable(changed);
    }

    /** QEMU does not say that the last part goes, and waits for the other end without an end. */
    private void tooLong(MigrationStatistics now) {
        long since = heldAt;
        if (since == 0 || now.status() != Status.ACTIVE) {
            return;
        }
        long ms = (System.nanoTime() - since) / 1_000_000;
        if (ms > Math.max(LONGEST_HOLD.toMillis(), 10L * departure.goal().maxDowntimeMs())
                && intent.compareAndSet(Intent.OPEN, Intent.CANCELLED)) {
            reason = new Cause(
                    Cause.Code.MIGRATION_GAVE_UP,
                    "The switch-over had held the guest for " + ms
                            + " ms and the destination had not said that it has all.");
        }
    }

    private void told(Rung rung) {
        log.info("VM {}: {}: {}", order.vm(), rung.kind(), rung.why());
        rungs.add(rung);
    }

    /** @return null while it goes on */
    private @Nullable Outcome act(SourceQemu source, Status status) throws IOException, InterruptedException {
        return switch (status) {
            case PRE_SWITCHOVER -> {
                phase = Phase.SWITCHING;
                disks.complete();
                source.goOn();
                yield null;
            }
            case DEVICE -> {
                phase = Phase.SWITCHING;
                yield null;
            }
            case POSTCOPY_ACTIVE -> {
                yield arrived ? null : go(source, Phase.FOLLOWING);
            }
            case COMPLETED -> arrived ? handedOver(source) : go(source, Phase.HANDED_OVER);
            case FAILED, CANCELLED -> arrived ? handedOver(source) : stayed(whyItEnded(source));
            case NONE, SETUP, ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER, CANCELLING, OTHER -> null;
        };
    }

    /** @param next the phase once the destination has let it run */
    private @Nullable Outcome go(@Nullable SourceQemu source, Phase next) throws IOException, InterruptedException {
        if (!intent.compareAndSet(Intent.OPEN, Intent.SAID_GO)) {
            return next == Phase.FOLLOWING ? null : stayed(reason());
        }
        phase = Phase.SWITCHING;
        listener.leaves();
        flows.awaitLast(LAST_FLOWS);
        return insist(source, next);
    }

    /** Says go until there is an answer, or whoever may has said that it stays. */
    private @Nullable Outcome insist(@Nullable SourceQemu source, Phase next) throws IOException, InterruptedException {
        Duration retry = SHORTEST_RETRY;
        while (!overruled) {
            try {
                ArrivalAnswer there = peer.go(ANSWER);
                switch (there.phase()) {
                    case ARRIVED -> {
                        return let(source, next);
                    }
                    case ABORTED -> {
                        return stayed(new Cause(
                                Cause.Code.MIGRATION_FAILED,
                                "The destination has not let it run" + because(there.cause())));
                    }
                    case PREPARING, READY -> log.debug("VM {}: the destination still waits", order.vm());
                }
            } catch (IOException e) {
                if (phase != Phase.IN_DOUBT) {
                    phase = Phase.IN_DOUBT;
                    log.warn(
                            "VM {}: go was said and not answered, the guest is held until it is known where it is: {}",
                            order.vm(),
                            e.getMessage());
                }
            }
            said.poll(retry.toMillis(), TimeUnit.MILLISECONDS);
            retry = retry.multipliedBy(2).compareTo(LONGEST_RETRY) < 0 ? retry.multipliedBy(2) : LONGEST_RETRY;
        }
        return stayed(reason());
    }

    private @Nullable Outcome let(@Nullable SourceQemu source, Phase next) throws IOException, InterruptedException {
        long held = heldAt;
        blackoutMs = held == 0 ? 0 : (System.nanoTime() - held) / 1e6;
        arrived = true;
        phase = next == Phase.HANDED_OVER ? Phase.SWITCHING : next;
        return next == Phase.HANDED_OVER ? handedOver(source) : null;
    }

    private Outcome handedOver(@Nullable SourceQemu source) throws InterruptedException {
        MigrationStatistics all = null;
        if (source != null) {
            try {
                all = source.statistics();
            } catch (QmpException e) {
                log.debug("VM {}: its figures cannot be asked any more", order.vm(), e);
            }
        }
        MigrationStatistics.Memory memory = all == null ? null : all.memory();
        return new Outcome.Decided(new DepartureAnswer(
                departure.id(),
                Phase.HANDED_OVER,
                progress,
                rungs,
                new DepartureAnswer.Result(
                        elapsed().toMillis(),
                        blackoutMs,
                        all == null || all.downtimeMs() == null ? 0 : all.downtimeMs(),
                        memory == null ? 0 : memory.syncs(),
                        disks.copiedBytes() + (memory == null ? 0 : memory.transferredBytes()),
                        throttledMs),
                null));
    }

    private Outcome stayed(Cause why) {
        if (qemu != null) {
            try {
                disks.abandon();
                qemu.forget();
            } catch (IOException e) {
                log.warn("VM {}: keys of a move that is over are left: {}", order.vm(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return new Outcome.Decided(new DepartureAnswer(departure.id(), Phase.STAYED, progress, rungs, null, why));
    }

    private Cause whyItEnded(SourceQemu source) throws IOException, InterruptedException {
        if (intent.compareAndSet(Intent.OPEN, Intent.CANCELLED)) {
            String error = source.statistics().error();
            reason = new Cause(
                    Cause.Code.MIGRATION_FAILED,
                    "QEMU could not send the guest" + (error == null ? "." : ": " + error + "."));
        }
        return reason();
    }

    private Outcome failed(Exception e) {
        String why = String.valueOf(e.getMessage());
        boolean said = intent.get() == Intent.SAID_GO;
        SourceQemu source = qemu;
        if (order.atRest() != null && !said) {
            cancel(new Cause(Cause.Code.MIGRATION_FAILED, why));
            return stayed(reason());
        }
        if (source == null || source.session().isOver() || said) {
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
        reason = new Cause(
                Cause.Code.MIGRATION_FAILED,
                "The host's daemon was restarted, or lost QEMU, before it was switched over.");
        AtRest atRest = order.atRest();
        if (atRest != null) {
            return atRest.goSaid() ? said() : stayed(reason());
        }
        SourceQemu source = qemu;
        if (source == null) {
            return takenUp(null, Phase.HANDED_OVER);
        }
        MigrationStatistics now = source.statistics();
        Status status = now.status();
        if (status == Status.COMPLETED) {
            return takenUp(source, Phase.HANDED_OVER);
        }
        if (status.following()) {
            phase = Phase.FOLLOWING;
            Outcome outcome = insist(source, Phase.FOLLOWING);
            return outcome == null ? watch(source) : outcome;
        }
        return breakOff(source);
    }

    private Outcome takenUp(@Nullable SourceQemu source, Phase next) throws IOException, InterruptedException {
        phase = Phase.IN_DOUBT;
        Outcome outcome = insist(source, next);
        return outcome == null ? stayed(reason()) : outcome;
    }

    /** Ends a migration that is under way in QEMU. It may have come to its end meanwhile: then the destination is asked. */
    private Outcome breakOff(SourceQemu source) throws IOException, InterruptedException {
        while (true) {
            MigrationStatistics now = source.statistics();
            switch (now.status()) {
                case NONE, FAILED, CANCELLED -> {
                    return stayed(reason());
                }
                case COMPLETED -> {
                    return intent.get() == Intent.CANCELLED ? stayed(reason()) : takenUp(source, Phase.HANDED_OVER);
                }
                case SETUP, ACTIVE, PRE_SWITCHOVER, DEVICE, OTHER -> source.cancel();
                case CANCELLING -> {}
                case POSTCOPY_ACTIVE, POSTCOPY_PAUSED, POSTCOPY_RECOVER -> {
                    if (intent.get() != Intent.CANCELLED) {
                        return takenUp(source, Phase.HANDED_OVER);
                    }
                    source.cancel();
                }
            }
            said.poll(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void stayWarm() {
        long now = System.nanoTime();
        if (now - warmedAt > Peer.KEEP_WARM.toNanos()) {
            warmedAt = now;
            Thread.ofVirtual().start(() -> {
                try {
                    peer.arrival(ANSWER);
                    answeredAt = System.nanoTime();
                    flows.tell();
                } catch (IOException e) {
                    log.debug("VM {}: the destination does not answer", order.vm(), e);
                }
            });
        }
    }

    private SourceQemu source() throws IOException {
        SourceQemu source = qemu;
        if (source == null) {
            throw new IOException("its process is gone");
        }
        return source;
    }

    private Cause reason() {
        Cause known = reason;
        return known == null ? new Cause(Cause.Code.MIGRATION_CANCELLED, "The move was broken off.") : known;
    }

    private static String because(@Nullable Cause cause) {
        return cause == null ? "." : ": " + cause.detail();
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
