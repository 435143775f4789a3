package dev.yado.vmmd.snapshot;

import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.vmmd.snapshot.Order.Part;
import dev.yado.vmmd.store.Snapshots;
import dev.yado.vmmd.store.Snapshots.Decided;
import dev.yado.vmmd.store.Snapshots.Kept;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Gives disks of a VM that does not run something else: they stand on a snapshot again, with nothing of their own, or have what a backup
 * has, and what they had is a snapshot. All of them, or none.
 */
final class Replacing {
    private final SnapshotParts host;
    private final Order order;
    private final SnapshotRun.Pen pen;
    private final List<Part> parts;
    private final UUID job;

    Replacing(SnapshotParts host, Order order, SnapshotRun.Pen pen) {
        this.host = host;
        this.order = order;
        this.pen = pen;
        this.parts = order.parts(host.pools());
        this.job = order.job().id();
    }

    void go(Snapshots known) throws IOException, InterruptedException {
        if (order.qemu() != null) {
            throw new YadoException(ErrorCode.CONFLICT, "The VM runs: it is to be stopped before it goes back.");
        }
        Decided decided = known.work() == null ? null : known.work().decided();
        if (decided == null) {
            prepare();
            decided = new Decided(Instant.now(), Map.of(), Map.of());
            pen.write(known.decide(order.job(), decided));
        }
        for (Part part : parts) {
            part.layers().changeOver(part.layers().over(job));
            part.layers().removeUnused();
        }
        boolean keeps = order.job().verb() == SnapshotJob.Verb.RESTORE;
        List<Kept> kept = new ArrayList<>(known.kept());
        if (keeps) {
            kept.removeIf(each -> each.id().equals(order.job().snapshot()));
            kept.add(new Kept(order.job().snapshot(), order.job().disks(), decided.at(), Map.of()));
        }
        Instant takenAt = keeps ? decided.at() : null;
        pen.write(known.end(new SnapshotAnswer(job, SnapshotAnswer.Phase.DONE, null, takenAt, null, null), kept, true));
    }

    private void prepare() throws InterruptedException {
        try {
            switch (order.job().verb()) {
                case RESTORE -> restore();
                case TAKE, REVERT, DELETE -> goBack();
            }
        } catch (YadoException | InterruptedException e) {
            undo();
            throw e;
        }
    }

    private void undo() {
        boolean keeps = order.job().verb() == SnapshotJob.Verb.RESTORE;
        for (Part part : parts) {
            if (keeps) {
                part.layers().undo(order.job().snapshot(), job);
            } else {
                part.layers().removeUnused();
            }
        }
    }

    private void goBack() throws InterruptedException {
        SnapshotId snapshot = order.job().snapshot();
        for (Part part : parts) {
            if (part.layers().of(snapshot).isEmpty()) {
                throw new YadoException(
                        ErrorCode.NOT_FOUND, "Disk " + part.disk().id() + " has no snapshot " + snapshot + ".");
            }
        }
        for (Part part : parts) {
            Path below = part.layers().of(snapshot).orElseThrow();
            part.layers().over(below, job, part.disk().size());
        }
    }

    private void restore() throws InterruptedException {
        for (Part part : parts) {
            DiskOrigin origin = order.job().origins().stream()
                    .filter(source -> source.disk().equals(part.disk().id()))
                    .map(SnapshotJob.Source::origin)
                    .findFirst()
                    .orElseThrow();
            part.layers().keep(order.job().snapshot());
            part.layers().fromBackup(origin, job, part.disk().size(), host.origins());
        }
    }
}
