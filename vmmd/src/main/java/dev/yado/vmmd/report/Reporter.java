package dev.yado.vmmd.report;

import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the controller up to date: at once on a change, else every few seconds; everything at the start, after a time without a
 * controller and when it asks for it. Changes that come while a report is on its way go together into the next one.
 */
public final class Reporter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Reporter.class);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final int LARGEST_BATCH = 500;

    private final ControllerClient controller;
    private final Function<Contents, HostReport> reports;
    private final Consumer<HostReport> heard;
    private final Map<VmId, VmReport> changed = new LinkedHashMap<>();
    private volatile long taken;
    private volatile long failed;
    private volatile @Nullable Instant lastTaken;
    private volatile @Nullable Instant silentSince = Instant.now();
    private boolean fullyWanted;
    private boolean hurried;
    private final Thread thread = Thread.ofVirtual().name("reporter").unstarted(this::run);

    /**
     * How reports have fared.
     *
     * @param controller there is one to report to
     * @param taken how many the controller has taken
     * @param lastTaken null before the first
     * @param silentSince since when no replica takes them; null when the last one was taken
     */
    public record Standing(
            boolean controller,
            long taken,
            long failed,
            @Nullable Instant lastTaken,
            @Nullable Instant silentSince) {}

    /** What goes into a report. */
    public sealed interface Contents {
        /**
         * Every VM that the host holds.
         *
         * @param changed may have VMs that it no longer holds
         */
        record Everything(List<VmReport> changed) implements Contents {}

        record Changes(List<VmReport> vms) implements Contents {}
    }

    /**
     * @param reports makes a report with the next sequence number
     * @param heard told of each that the controller has taken
     */
    public Reporter(ControllerClient controller, Function<Contents, HostReport> reports, Consumer<HostReport> heard) {
        this.controller = controller;
        this.reports = reports;
        this.heard = heard;
    }

    public void start() {
        if (controller.hasController()) {
            thread.start();
        }
    }

    /** Never blocks. */
    public Standing standing() {
        return new Standing(controller.hasController(), taken, failed, lastTaken, silentSince);
    }

    /** Never blocks. */
    public void changed(VmReport report) {
        if (controller.hasController()) {
            synchronized (changed) {
                changed.put(report.id(), report);
                changed.notifyAll();
            }
        }
    }

    /** The next report is a full one, and goes at once. */
    public void reportFully() {
        synchronized (changed) {
            fullyWanted = true;
            changed.notifyAll();
        }
    }

    /** The next report goes at once. Never blocks. */
    public void hurry() {
        synchronized (changed) {
            hurried = true;
            changed.notifyAll();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        boolean full = true;
        Duration retry = FIRST_RETRY;
        boolean reachable = true;
        try {
            while (true) {
                full |= takeFullyWanted();
                List<VmReport> batch = take(full ? Integer.MAX_VALUE : LARGEST_BATCH);
                try {
                    HostReport report =
                            reports.apply(full ? new Contents.Everything(batch) : new Contents.Changes(batch));
                    HostReportAnswer answer = controller.post(report);
                    heard.accept(report);
                    if (!reachable) {
                        log.info("the controller takes reports again");
                    }
                    boolean asksAgain = answer.sendFull() && full;
                    full = answer.sendFull();
                    reachable = true;
                    taken++;
                    lastTaken = Instant.now();
                    silentSince = null;
                    retry = FIRST_RETRY;
                    if (!full || asksAgain) {
                        awaitChange();
                    }
                } catch (IOException e) {
                    if (reachable) {
                        log.warn("the controller does not take reports, trying again: {}", e.getMessage());
                    }
                    failed++;
                    if (reachable) {
                        silentSince = Instant.now();
                    }
                    reachable = false;
                    full = true;
                    giveBack(batch);
                    Thread.sleep(retry);
                    retry = retry.multipliedBy(2).compareTo(HEARTBEAT) < 0 ? retry.multipliedBy(2) : HEARTBEAT;
                }
            }
        } catch (InterruptedException e) {
            log.debug("no more reports");
        }
    }

    private boolean takeFullyWanted() {
        synchronized (changed) {
            boolean wanted = fullyWanted;
            fullyWanted = false;
            return wanted;
        }
    }

    private List<VmReport> take(int most) {
        synchronized (changed) {
            hurried = false;
            List<VmReport> batch = changed.values().stream().limit(most).toList();
            batch.forEach(report -> changed.remove(report.id()));
            return batch;
        }
    }

    /** What changed again in the meantime is newer. */
    private void giveBack(List<VmReport> batch) {
        synchronized (changed) {
            new ArrayList<>(batch).forEach(report -> changed.putIfAbsent(report.id(), report));
        }
    }

    private void awaitChange() throws InterruptedException {
        long deadline = System.nanoTime() + HEARTBEAT.toNanos();
        synchronized (changed) {
            while (changed.isEmpty() && !fullyWanted && !hurried) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return;
                }
                changed.wait(left);
            }
        }
    }
}
