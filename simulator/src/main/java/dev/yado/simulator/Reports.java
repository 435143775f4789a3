package dev.yado.simulator;

import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the controller, one report after the other: what changed, all after a failure or when asked for it. What could not be told
 * goes with the next one. All of it is lost with the daemon. Waits for the controller without holding the host's lock.
 */
final class Reports {
    private static final Logger LOG = LoggerFactory.getLogger(Reports.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);

    private final HostPlan plan;
    private final HostMemory memory;
    private final Controller controller;
    private final Object lock;
    /** Whether the daemon lives and its reports leave the host. */
    private final Supplier<Boolean> speaks;

    private final ReentrantLock turn = new ReentrantLock();
    private Set<VmId> changed = new LinkedHashSet<>();
    private long sequence;
    private boolean full = true;
    private int failures;
    private long incarnation;

    Reports(HostPlan plan, HostMemory memory, Controller controller, Object lock, Supplier<Boolean> speaks) {
        this.plan = plan;
        this.memory = memory;
        this.controller = controller;
        this.lock = lock;
        this.speaks = speaks;
        this.incarnation = memory.incarnation();
    }

    private record Batch(HostReport report, Set<VmId> changed) {}

    /** Under the host's lock. */
    void changed(VmId vm) {
        changed.add(vm);
    }

    /** Under the host's lock. */
    void everything() {
        full = true;
    }

    /** Under the host's lock: a new daemon knows nothing of what the old one had told. */
    void daemonStarted() {
        changed = new LinkedHashSet<>();
        sequence = 0;
        full = true;
        failures = 0;
        incarnation = memory.incarnation();
    }

    /** Tells what there is to tell. @param heartbeat also when that is nothing */
    void send(boolean heartbeat) {
        turn.lock();
        try {
            boolean again;
            boolean evenIfNothing = heartbeat;
            do {
                Batch batch = take(evenIfNothing);
                again = batch != null && deliver(batch);
                evenIfNothing = false;
            } while (again);
        } finally {
            turn.unlock();
        }
    }

    private @Nullable Batch take(boolean evenIfNothing) {
        synchronized (lock) {
            if (!speaks.get() || !evenIfNothing && changed.isEmpty() && !full) {
                return null;
            }
            List<VmReport> vms = full ? all() : changes();
            HostReport report = new HostReport(
                    plan.id(),
                    plan.name(),
                    plan.url(),
                    memory.bootId(),
                    memory.incarnation(),
                    ++sequence,
                    full,
                    vms,
                    plan.factsNow());
            Batch batch = new Batch(report, changed);
            changed = new LinkedHashSet<>();
            full = false;
            return batch;
        }
    }

    private List<VmReport> all() {
        return memory.guests().stream()
                .map(guest -> guest.report)
                .filter(report -> report.state() != ObservedState.ABSENT || changed.contains(report.id()))
                .toList();
    }

    private List<VmReport> changes() {
        return changed.stream()
                .map(memory::find)
                .filter(Objects::nonNull)
                .map(guest -> guest.report)
                .toList();
    }

    /** @return whether the controller asks for everything */
    private boolean deliver(Batch batch) {
        try {
            HostReportAnswer answer = arrive(batch.report());
            synchronized (lock) {
                failures = 0;
                full |= answer.sendFull();
                return answer.sendFull() && !batch.report().full();
            }
        } catch (RuntimeException e) {
            LOG.debug("{} could not report", plan.name(), e);
            synchronized (lock) {
                if (incarnation == batch.report().incarnation()) {
                    changed.addAll(batch.changed());
                    full = true;
                    failures++;
                    Timer.after(retry(), () -> send(false));
                }
            }
            return false;
        }
    }

    private Duration retry() {
        Duration delay = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
        return delay.compareTo(plan.heartbeat()) < 0 ? delay : plan.heartbeat();
    }

    private HostReportAnswer arrive(HostReport report) {
        return switch (plan.faults().ofReport()) {
            case Fate.Arrives() -> controller.report(report);
            case Fate.Slow(Duration by) -> {
                Timer.pause(by);
                yield controller.report(report);
            }
            case Fate.Lost() -> throw new IllegalStateException("the report was lost");
            case Fate.ReplyLost() -> {
                controller.report(report);
                throw new IllegalStateException("the answer to the report was lost");
            }
            case Fate.Doubled(Duration later) -> {
                HostReportAnswer answer = controller.report(report);
                Timer.after(later, () -> controller.report(report));
                yield answer;
            }
            case Fate.Late(Duration by) -> {
                Timer.after(by, () -> controller.report(report));
                throw new IllegalStateException("the report is late");
            }
        };
    }
}
