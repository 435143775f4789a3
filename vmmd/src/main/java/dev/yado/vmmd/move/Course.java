package dev.yado.vmmd.move;

import dev.yado.protocol.Cause;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.DepartureAnswer.Rung;
import dev.yado.protocol.migration.MigrationProgress;
import dev.yado.vmmd.qmp.MigrationStatistics.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all who take part in one departure know of it: how far it is, and what was decided. Either {@code go} is said or it is
 * cancelled, never both: whichever comes first. To be used by any thread.
 */
final class Course {
    private static final Logger log = LoggerFactory.getLogger(Course.class);

    private final Outgoing.Order order;
    private final long began = System.nanoTime();
    private final LinkedBlockingQueue<Status> said = new LinkedBlockingQueue<>();
    private final AtomicReference<Intent> intent = new AtomicReference<>(Intent.OPEN);
    private final List<Rung> rungs = new CopyOnWriteArrayList<>();

    private volatile Phase phase = Phase.COPYING;
    private volatile @Nullable MigrationProgress progress;
    private volatile @Nullable Cause reason;
    private volatile boolean overruled;
    private volatile long heldAt;
    private volatile @Nullable Instant heldSince;
    private double disksMs;
    private double memoryAtMs = Double.NaN;
    private final AtomicLong throttledMs = new AtomicLong();

    private enum Intent {
        OPEN,
        CANCELLED,
        SAID_GO
    }

    Course(Outgoing.Order order) {
        this.order = order;
        this.heldSince = order.heldSince();
    }

    Departure departure() {
        return order.departure();
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** QEMU says how far it is. */
    void heard(Status status) {
        said.add(status);
    }

    /** @return null when QEMU has said nothing by then; {@link Status#OTHER} also when something else is to be looked at */
    @Nullable
    Status next(Duration patience) throws InterruptedException {
        return said.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** QEMU has said more than was looked at. */
    boolean hasMore() {
        return !said.isEmpty();
    }

    /** QEMU says that the guest is held. */
    void held() {
        heldAt = System.nanoTime();
        heldSince = Instant.now();
        if (phase == Phase.COPYING) {
            phase = Phase.SWITCHING;
        }
    }

    /** QEMU says that the guest runs. */
    void runs() {
        heldAt = 0;
        heldSince = null;
        if (phase == Phase.SWITCHING && intent.get() != Intent.SAID_GO) {
            phase = Phase.COPYING;
        }
    }

    /** QEMU is about to be told to copy its memory. To be called by who carries it out. @param disks that were copied since then */
    void beginsMemory(Duration disks) {
        disksMs = disks.toNanos() / 1e6;
        memoryAtMs = elapsed().toNanos() / 1e6;
    }

    /** In ms, before its memory. */
    double disksMs() {
        return disksMs;
    }

    /** In ms since the begin; not a number when its memory was not copied, or by an earlier daemon. */
    double memoryAtMs() {
        return memoryAtMs;
    }

    /** For how long the guest is held by now; zero when it runs. */
    Duration held(long now) {
        long since = heldAt;
        return since == 0 ? Duration.ZERO : Duration.ofNanos(now - since);
    }

    /**
     * For how long it was held until the other host let it run, by the two hosts' clocks.
     *
     * @return for as long as it is held by now where that is not known
     */
    Duration heldUntil(@Nullable Instant ranAt) {
        Instant since = heldSince;
        if (since == null || ranAt == null) {
            return held(System.nanoTime());
        }
        return ranAt.isBefore(since) ? Duration.ZERO : Duration.between(since, ranAt);
    }

    /** The guest was slowed down for so long. */
    void throttled(long ms) {
        throttledMs.addAndGet(ms);
    }

    long throttledMs() {
        return throttledMs.get();
    }

    /** A move that another has begun is not carried on: it is broken off where go cannot have been said. */
    void takenUp(boolean mayHaveSaidGo) {
        intent.set(mayHaveSaidGo ? Intent.SAID_GO : Intent.CANCELLED);
    }

    /** From here on only the destination knows. @return false: it is cancelled */
    boolean sayGo() {
        return intent.compareAndSet(Intent.OPEN, Intent.SAID_GO);
    }

    boolean saidGo() {
        return intent.get() == Intent.SAID_GO;
    }

    boolean isOpen() {
        return intent.get() == Intent.OPEN;
    }

    boolean isCancelled() {
        return intent.get() == Intent.CANCELLED;
    }

    /** @return false when go has been said, or it is cancelled already, for the first reason */
    boolean cancelFirst(Cause why) {
        boolean first = intent.compareAndSet(Intent.OPEN, Intent.CANCELLED);
        if (first) {
            reason = why;
        }
        return first;
    }

    /** False when {@code go} has been said: only the destination knows. */
    boolean cancel(Cause why) {
        if (cancelFirst(why)) {
            said.add(Status.OTHER);
            return true;
        }
        return isCancelled();
    }

    /** Who gives out permissions to run has said that it stays, so the destination has aborted it. */
    void overrule(Cause why) {
        if (!cancel(why)) {
            reason = why;
            overruled = true;
            said.add(Status.OTHER);
        }
    }

    boolean isOverruled() {
        return overruled;
    }

    /** To be given when nobody gives another. */
    void suppose(Cause why) {
        reason = why;
    }

    /** Why it stays. */
    Cause reason() {
        Cause known = reason;
        return known == null ? new Cause(Cause.Code.MIGRATION_CANCELLED, "The move was broken off.") : known;
    }

    Phase phase() {
        return phase;
    }

    void phase(Phase next) {
        phase = next;
    }

    void progress(MigrationProgress now) {
        progress = now;
    }

    void told(Rung rung) {
        log.info("VM {}: {}: {}", order.vm(), rung.kind(), rung.why());
        rungs.add(rung);
    }

    void opened(List<Rung> first) {
        rungs.addAll(first);
    }

    /** While it is not over: its end is told by who writes it down. */
    DepartureAnswer answer() {
        Phase now = phase;
        boolean over = now == Phase.HANDED_OVER || now == Phase.STAYED;
        return answer(over ? Phase.SWITCHING : now, null, null);
    }

    DepartureAnswer answer(Phase as, DepartureAnswer.@Nullable Result result, @Nullable Cause cause) {
        return new DepartureAnswer(departure().id(), as, progress, rungs, result, cause);
    }
}
