package dev.yado.vmmd.snapshot;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qemu.GuestMachine;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.SnapshotCommand;
import dev.yado.vmmd.snapshot.Order.Part;
import dev.yado.vmmd.store.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Deletes a snapshot: whatever stands on its layers gets what it has of them, by the guest's QEMU where that has it open, by qemu-img
 * where nobody has. What was brought over before it was broken off stays there and is not brought again.
 */
final class Deleting {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Order order;
    private final SnapshotRun.Pen pen;
    private final Consumer<SnapshotAnswer.Progress> progress;
    private final List<Part> parts;
    private final SnapshotId snapshot;
    private final @Nullable QmpSession qemu;

    Deleting(SnapshotParts host, Order order, SnapshotRun.Pen pen, Consumer<SnapshotAnswer.Progress> progress) {
        this.order = order;
        this.pen = pen;
        this.progress = progress;
        this.parts = order.parts(host.pools());
        this.snapshot = order.job().snapshot();
        this.qemu = order.qemu();
    }

    void go(Snapshots known) throws IOException, InterruptedException {
        for (Part part : parts) {
            Path file = part.layers().of(snapshot).orElse(null);
            if (file != null) {
                bringAbove(part, file, known);
            }
        }
        for (Part part : parts) {
            Path file = part.layers().of(snapshot).orElse(null);
            if (file != null) {
                // Nothing stands on it: without the snapshot it is of no use.
                close(part, file, known);
                part.layers().forget(snapshot);
            }
        }
        parts.forEach(part -> part.layers().removeUnused());
        pen.write(known.without(snapshot)
                .end(
                        new SnapshotAnswer(order.job().id(), SnapshotAnswer.Phase.DONE, null, null, null, null),
                        null,
                        false));
    }

    private void bringAbove(Part part, Path file, Snapshots known) throws IOException, InterruptedException {
        if (!Files.exists(file)) {
            return;
        }
        List<Path> above = part.layers().above(file);
        part.layers()
                .requireRoom(
                        "Deleting a snapshot of disk " + part.disk().id(),
                        above.size() * part.layers().bytes(file));
        for (Path each : above) {
            bringInto(part, each, file, known);
        }
        if (!part.layers().above(file).isEmpty()) {
            throw new YadoException(
                    ErrorCode.SNAPSHOT_FAILED,
                    "Disk " + part.disk().id() + " still stands on the snapshot after all was brought over.");
        }
    }

    private void bringInto(Part part, Path above, Path file, Snapshots known) throws IOException, InterruptedException {
        boolean top = above.equals(part.layers().top());
        if (qemu == null || !(top || part.layers().below().contains(above))) {
            part.layers().bringInto(above, file);
            return;
        }
        String job = "snapshot" + part.place();
        if (find(qemu, job).isEmpty()) {
            qemu.run(stream(qemu, job, part, above, file, known), PATIENCE);
        }
        while (true) {
            // One of an earlier daemon is gone on with.
            BlockCommand.Job now = find(qemu, job).orElse(null);
            if (now == null) {
                return;
            }
            progress.accept(new SnapshotAnswer.Progress(now.totalBytes(), now.doneBytes()));
            if (now.over()) {
                qemu.run(new BlockCommand.JobDismiss(job), PATIENCE);
                if (now.error() != null) {
                    throw new YadoException(
                            ErrorCode.SNAPSHOT_FAILED,
                            "Disk " + part.disk().id() + " cannot take over what the snapshot has: " + now.error()
                                    + ".");
                }
                return;
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private SnapshotCommand.Stream stream(
            QmpSession session, String job, Part part, Path above, Path file, Snapshots known)
            throws IOException, InterruptedException {
        String node =
                above.equals(part.layers().top()) ? ActiveNodes.of(session).of(part.place()) : node(part, above, known);
        String name = part.layers().nameBelow(file).orElse(null);
        String base = name == null
                ? null
                : part.layers()
                        .below(file)
                        .map(below -> node(part, below, known))
                        .orElse(GuestMachine.base(part.place()));
        Set<String> nodes =
                session.run(new BackupCommand.QueryNodes(), PATIENCE).keySet();
        if (!nodes.contains(node) || (base != null && !nodes.contains(base))) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "The guest was started by a daemon that knew no snapshots: stop and start the VM, or delete the"
                            + " snapshot while it is stopped.");
        }
        return new SnapshotCommand.Stream(job, node, base, name);
    }

    /** What QEMU calls a file that is below the guest's own. */
    private static String node(Part part, Path file, Snapshots known) {
        return known.kept().stream()
                .filter(kept -> kept.nodes().containsKey(part.place())
                        && part.layers().of(kept.id()).equals(Optional.of(file)))
                .map(kept -> kept.nodes().get(part.place()))
                .findFirst()
                .orElse(GuestMachine.layer(part.place(), file));
    }

    /** QEMU has it open no more. */
    private void close(Part part, Path file, Snapshots known) throws IOException, InterruptedException {
        if (qemu == null) {
            return;
        }
        String node = node(part, file, known);
        if (qemu.run(new BackupCommand.QueryNodes(), PATIENCE).containsKey(node)) {
            qemu.run(new BlockCommand.NodeDel(node), PATIENCE);
        }
    }

    private static Optional<BlockCommand.Job> find(QmpSession session, String job)
            throws IOException, InterruptedException {
        return session.run(new BlockCommand.QueryJobs(), PATIENCE).stream()
                .filter(each -> each.id().equals(job))
                .findAny();
    }
}
