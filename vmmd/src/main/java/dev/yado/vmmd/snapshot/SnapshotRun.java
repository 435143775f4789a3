package dev.yado.vmmd.snapshot;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.store.Snapshots;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One go at a job, on a thread of its own. It ends with the job, or with less: when QEMU is gone, or when somebody needs the disks; then
 * there is to be another go. Until it is over nobody else writes what is known of the VM's snapshots.
 */
public final class SnapshotRun {
    private static final Logger log = LoggerFactory.getLogger(SnapshotRun.class);

    private final SnapshotParts parts;
    private final Order order;
    private final Consumer<SnapshotRun> over;
    private final Thread thread;
    private volatile boolean wanted = true;
    private volatile Snapshots known;
    private volatile SnapshotAnswer.@Nullable Progress progress;

    /**
     * @param known with the job as its work
     * @param over told on the run's thread when nothing more is done
     */
    public SnapshotRun(SnapshotParts parts, Order order, Snapshots known, Consumer<SnapshotRun> over) {
        this.parts = parts;
        this.order = order;
        this.known = known;
        this.over = over;
        this.thread =
                Thread.ofVirtual().name("snapshot " + order.job().snapshot()).unstarted(this::run);
    }

    public void begin() {
        thread.start();
    }

    /**
     * Somebody needs the disks. A deletion is broken off, to be gone on with later; so is reading a backup, for good. Anything else takes
     * a moment only and is waited for.
     */
    public void makeWay() {
        switch (order.job().verb()) {
            case DELETE -> thread.interrupt();
            case RESTORE -> {
                wanted = false;
                if (!mustBeCarriedThrough()) {
                    thread.interrupt();
                }
            }
            case TAKE, REVERT -> {}
        }
    }

    /** As it is at its end; meanwhile as it was when it was last written. */
    public Snapshots known() {
        return known;
    }

    public SnapshotAnswer answer() {
        return known.end(order.job().id())
                .orElseGet(() -> SnapshotAnswer.working(order.job().id(), progress));
    }

    private void run() {
        VmId vm = order.spec().id();
        try {
            try {
                switch (order.job().verb()) {
                    case TAKE -> new Taking(parts, order, this::write).go(known);
                    case REVERT, RESTORE -> new Replacing(parts, order, this::write).go(known);
                    case DELETE -> new Deleting(parts, order, this::write, now -> progress = now).go(known);
                }
            } catch (YadoException e) {
                if (mustBeCarriedThrough() && e.code() != ErrorCode.SNAPSHOT_FAILED) {
                    throw e;
                }
                fail(e.code(), String.valueOf(e.getMessage()));
            } catch (QmpException e) {
                if (mustBeCarriedThrough()
                        || order.qemu() == null
                        || order.qemu().isOver()) {
                    throw e;
                }
                fail(ErrorCode.SNAPSHOT_FAILED, "QEMU refused: " + e.getMessage() + ".");
            }
        } catch (InterruptedException e) {
            brokenOff();
        } catch (IOException | RuntimeException e) {
            log.warn("VM {}: {} cannot be gone on with at the moment", vm, order.job(), e);
        } finally {
            over.accept(this);
        }
    }

    private void brokenOff() {
        log.info("VM {}: {} is broken off", order.spec().id(), order.job());
        if (!wanted && !mustBeCarriedThrough()) {
            try {
                fail(ErrorCode.CONFLICT, "The VM was started, changed or deleted while its disks were restored.");
            } catch (IOException e) {
                log.warn("VM {}: that cannot be written down", order.spec().id(), e);
            }
        }
    }

    private boolean mustBeCarriedThrough() {
        Snapshots.Work work = known.work();
        return work != null && work.decided() != null;
    }

    private void fail(ErrorCode code, String detail) throws IOException {
        log.warn("VM {}: {} failed, {}: {}", order.spec().id(), order.job(), code, detail);
        write(known.end(SnapshotAnswer.failed(order.job().id(), code, detail), null, false));
    }

    private void write(Snapshots next) throws IOException {
        parts.store().write(order.spec().id(), next);
        known = next;
    }

    /** Makes what is known last. */
    interface Pen {
        void write(Snapshots next) throws IOException;
    }
}
