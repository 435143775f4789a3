package dev.yado.vmmd.snapshot;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.vmmd.agent.AgentPort;
import dev.yado.vmmd.agent.GuestFileSystems.Still;
import dev.yado.vmmd.agent.Stillness;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qemu.DiskAccess;
import dev.yado.vmmd.qemu.GuestMachine;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.SnapshotCommand;
import dev.yado.vmmd.snapshot.Order.Part;
import dev.yado.vmmd.store.Snapshots;
import dev.yado.vmmd.store.Snapshots.Decided;
import dev.yado.vmmd.store.Snapshots.Kept;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes a snapshot of several disks at one instant. First an empty file is made over each disk's, which QEMU opens;
 * that is written down. Then QEMU changes all of its drives over in one transaction, and it is written down that these are the disks'
 * files from now on.
 *
 * <p>When the daemon dies in the middle, QEMU is asked whether it has changed over. When QEMU has died too there is nobody to ask, and
 * nothing to know: either what was written later is in the file above, or nothing was written to it, and then what the guest left is in
 * the file below. Both ways of all disks the same, so it is carried through.
 */
final class Taking {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** So much a guest may write at once, before anybody looks how much room there is. */
    private static final long ROOM = 64 << 20;

    private static final Point UNKNOWN = new Point(
            null,
            Consistency.CRASH,
            "The daemon ended while it was taken: nobody knows whether the guest's file systems were still.");

    private final SnapshotParts host;
    private final Order order;
    private final SnapshotRun.Pen pen;
    private final List<Part> parts;
    private final @Nullable QmpSession qemu;

    /** What becomes of a guest's disks. @param pause milliseconds in which they did not answer */
    private record Point(
            @Nullable Double pause,
            Consistency consistency,
            @Nullable String why) {}

    Taking(SnapshotParts host, Order order, SnapshotRun.Pen pen) {
        this.host = host;
        this.order = order;
        this.pen = pen;
        this.parts = order.parts(host.pools());
        this.qemu = order.qemu();
    }

    void go(Snapshots known) throws IOException, InterruptedException {
        Decided decided = known.work() == null ? null : known.work().decided();
        if (decided == null) {
            fresh(known);
        } else if (qemu == null || hasChangedOver(qemu, decided)) {
            finish(known, decided, qemu == null ? null : UNKNOWN);
        } else {
            undo();
            throw new YadoException(
                    ErrorCode.SNAPSHOT_FAILED, "The daemon ended while the snapshot was taken. Nothing of it is left.");
        }
    }

    private static boolean hasChangedOver(QmpSession session, Decided decided)
            throws QmpException, InterruptedException {
        return session.run(new SnapshotCommand.QueryDrives(), PATIENCE)
                .entrySet()
                .containsAll(decided.to().entrySet());
    }

    private void fresh(Snapshots known) throws IOException, InterruptedException {
        undo();
        for (Part part : parts) {
            int depth = part.layers().below().size();
            if (depth >= SnapshotAgent.MOST_BELOW_ONE_ANOTHER) {
                throw new YadoException(
                        ErrorCode.SNAPSHOT_LIMIT,
                        "Disk " + part.disk().id() + " stands on " + depth + " snapshots, and more than "
                                + SnapshotAgent.MOST_BELOW_ONE_ANOTHER + " it cannot.");
            }
            part.layers().requireRoom("What is written after the snapshot", ROOM * parts.size());
        }
        Decided decided;
        try {
            for (Part part : parts) {
                part.layers().keep(order.job().snapshot());
                part.layers()
                        .over(part.layers().top(), order.job().id(), part.disk().size());
            }
            decided = qemu == null ? new Decided(Instant.now(), Map.of(), Map.of()) : opened(qemu);
            pen.write(known.decide(order.job(), decided));
        } catch (YadoException | QmpException e) {
            undoUnlessGone();
            throw e;
        }
        finish(known, decided, order.guest() == null ? null : changeOver(order.guest(), decided));
    }

    /** QEMU has the new files open, and nothing uses them yet. */
    private Decided opened(QmpSession session) throws IOException, InterruptedException {
        ActiveNodes active = ActiveNodes.of(session);
        Set<String> nodes =
                session.run(new BackupCommand.QueryNodes(), PATIENCE).keySet();
        boolean ioUring = host.qemu().binary().capabilities().ioUring();
        Map<Integer, String> from = new TreeMap<>();
        Map<Integer, String> to = new TreeMap<>();
        for (Part part : parts) {
            String name = GuestMachine.node(part.place(), ActiveNodes.newest(nodes, part.place()) + 1);
            Path next = part.layers().over(order.job().id());
            DiskAccess access = DiskAccess.best(next.resolveSibling(".").normalize(), ioUring);
            GuestMachine.Drive drive =
                    new GuestMachine.Drive(next, null, "", access, part.disk().pool() != null);
            session.run(new SnapshotCommand.NodeAdd(drive.alone(name)), PATIENCE);
            from.put(part.place(), active.of(part.place()));
            to.put(part.place(), name);
        }
        return new Decided(Instant.now(), from, to);
    }

    /** With the guest's file systems still, where its agent makes them so. */
    private Point changeOver(Order.Guest guest, Decided decided) throws IOException, InterruptedException {
        Still still = guest.fileSystems()
                .makeStill(
                        AgentPort.of(guest.qemu(), PATIENCE),
                        Duration.ofMillis(BackupJob.DEFAULT_FREEZE_MILLIS),
                        "Snapshot " + order.job().snapshot() + ".");
        double pause;
        Stillness how;
        try {
            pause = changeOver(guest.qemu(), decided);
        } finally {
            how = still.end();
        }
        return new Point(pause, how.whyNot() == null ? Consistency.FILE_SYSTEM : Consistency.CRASH, how.whyNot());
    }

    /** @return milliseconds in which the disks did not answer */
    private double changeOver(QmpSession session, Decided decided) throws IOException, InterruptedException {
        List<SnapshotCommand.Change> changes = new ArrayList<>();
        decided.from()
                .forEach((place, from) -> changes.add(new SnapshotCommand.Change(
                        from, Objects.requireNonNull(decided.to().get(place)))));
        long began = System.nanoTime();
        try {
            session.run(new SnapshotCommand.ChangeOver(changes), PATIENCE);
        } catch (QmpException e) {
            if (session.isOver()) {
                throw e;
            }
            if (!hasChangedOver(session, decided)) {
                undo();
                throw new YadoException(ErrorCode.SNAPSHOT_FAILED, "QEMU refused: " + e.getMessage() + ".", e);
            }
        }
        return (System.nanoTime() - began) / 1e6;
    }

    /** @param point null: there was no guest */
    private void finish(Snapshots known, Decided decided, @Nullable Point point) throws IOException {
        for (Part part : parts) {
            part.layers().changeOver(part.layers().over(order.job().id()));
        }
        List<Kept> kept = new ArrayList<>(known.kept());
        kept.removeIf(each -> each.id().equals(order.job().snapshot()));
        kept.add(new Kept(
                order.job().snapshot(), order.job().disks(), decided.at(), qemu == null ? Map.of() : decided.from()));
        pen.write(known.end(answer(decided.at(), point), kept, true));
    }

    private SnapshotAnswer answer(Instant at, @Nullable Point point) {
        SnapshotAnswer.Phase done = SnapshotAnswer.Phase.DONE;
        return point == null
                ? new SnapshotAnswer(order.job().id(), done, null, at, null, null)
                : new SnapshotAnswer(
                        order.job().id(), done, null, at, point.pause(), point.consistency(), point.why(), null);
    }

    private void undoUnlessGone() throws IOException, InterruptedException {
        if (qemu == null || !qemu.isOver()) {
            undo();
        }
    }

    /** Nothing uses the new files: they go. */
    private void undo() throws IOException, InterruptedException {
        if (qemu != null) {
            Map<Integer, String> drives = qemu.run(new SnapshotCommand.QueryDrives(), PATIENCE);
            Set<String> nodes =
                    qemu.run(new BackupCommand.QueryNodes(), PATIENCE).keySet();
            for (Part part : parts) {
                int newest = ActiveNodes.newest(nodes, part.place());
                String name = GuestMachine.node(part.place(), newest);
                if (newest > 0 && !name.equals(drives.get(part.place()))) {
                    qemu.run(new BlockCommand.NodeDel(name), PATIENCE);
                }
            }
        }
        for (Part part : parts) {
            part.layers().undo(order.job().snapshot(), order.job().id());
        }
    }
}
