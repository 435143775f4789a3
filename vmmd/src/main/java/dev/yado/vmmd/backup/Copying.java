package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges;
import dev.yado.protocol.backup.BackupAnswer.DiskChanges.Found;
import dev.yado.protocol.backup.BackupAnswer.Point;
import dev.yado.protocol.backup.BackupAnswer.Progress;
import dev.yado.protocol.backup.BackupAnswer.Result;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.storage.PoolSpace;
import dev.yado.storage.nbd.NbdServer;
import dev.yado.storage.repository.BackupFigures;
import dev.yado.storage.repository.BackupHead;
import dev.yado.storage.repository.BackupPoint;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.BackupWriter;
import dev.yado.storage.repository.DiskWriter;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import dev.yado.vmmd.backup.BackupRun.Ground;
import dev.yado.vmmd.backup.BackupRun.Order;
import dev.yado.vmmd.backup.ChangeNotes.Judgement;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work of one backup: QEMU pushes each disk, as it was at the point, over a unix socket to the daemon, which writes it to the
 * repository. Closing it takes away all that is left of it, however far it came.
 *
 * <p>QEMU is the client: an NBD server in QEMU 7.2 whose export is used by a guest's I/O thread ends the whole process, guest and all,
 * when its client goes away.
 */
final class Copying implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Copying.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration FIRST_LOOK = Duration.ofMillis(2);
    private static final Duration LONGEST_BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final Duration STANDSTILL = Duration.ofMinutes(10);

    private final BackupParts parts;
    private final Order order;
    private final Wanted wanted;
    private final GuestPoint.Hold hold;
    private final List<Integer> places;
    private final Map<Integer, Intake> intakes = new HashMap<>();
    private final Map<Integer, Judgement> judgements = new HashMap<>();
    private final Map<Integer, Boolean> noted = new HashMap<>();
    private volatile List<Part> taken = List.of();
    private volatile @Nullable Point point;
    private @Nullable BackupReader previous;
    private @Nullable String whyNoPrevious;
    private @Nullable BackupWriter writer;
    private @Nullable Storage storage;
    private @Nullable QmpSession qemu;
    private @Nullable ChangeNotes notes;
    private ActiveNodes disks = ActiveNodes.atFirst();
    private @Nullable NbdServer server;
    private boolean done;

    private record Part(Intake intake, Judgement judgement) {}

    /** Asked all the time. */
    interface Wanted {
        /** Waits a moment. @throws YadoException when it is not wanted any more */
        void orThrow(Duration moment) throws InterruptedException;
    }

    Copying(BackupParts parts, Order order, Wanted wanted, GuestPoint.Hold hold) {
        this.parts = parts;
        this.order = order;
        this.wanted = wanted;
        this.hold = hold;
        this.places = order.places();
    }

    @Nullable
    Point point() {
        return point;
    }

    Progress progress() {
        long total = 0;
        long at = 0;
        for (Part part : taken) {
            total += part.intake().sizeBytes();
            at += part.intake().position();
        }
        return new Progress(total, at);
    }

    List<DiskChanges> changes() {
        return taken.stream()
                .map(part -> new DiskChanges(
                        part.intake().disk(),
                        part.judgement().found(),
                        part.judgement().why(),
                        part.intake().changedBytes()))
                .toList();
    }

    /** Everything up to the point and the first byte. */
    void begin() throws IOException, InterruptedException {
        BackupJob job = order.job();
        Repository repository = parts.repositories().open(job.repository());
        previous = previous(repository, job.previous());
        writer = repository.begin(
                new BackupHead(job.id(), order.spec().id(), order.spec().tenantId()));
        Workplace workplace = Workplace.make(order.directory(), parts.user());
        QmpSession session = session();
        qemu = session;
        if (order.ground() instanceof Ground.Live) {
            disks = ActiveNodes.of(session);
            new Leftovers(session, disks).remove(order.allPlaces());
        }
        notes = new ChangeNotes(session, disks, job.id(), job.previous());
        for (int place : places) {
            take(place, session, notes);
        }
        server = NbdServer.listen(workplace.socket(), exports());
        workplace.giveSocket();
        wanted.orThrow(Duration.ZERO);
        point = switch (order.ground()) {
            case Ground.Live live -> livePoint(workplace, live);
            case Ground.AtRest atRest -> pointAtRest(atRest.ended());
            case Ground.Left _ -> throw new IllegalStateException("an earlier daemon's backup is not taken again");
        };
        boolean live = order.ground() instanceof Ground.Live;
        long speed = job.bandwidthMiBs() == null ? 0 : Math.max(1, ((long) job.bandwidthMiBs() << 20) / places.size());
        for (int place : places) {
            start(place, session, notes, live, speed);
        }
    }

    private QmpSession session() throws IOException, InterruptedException {
        return switch (order.ground()) {
            case Ground.Live live -> live.qemu();
            case Ground.AtRest atRest -> {
                Storage opened = atRest.opening().open();
                storage = opened;
                yield opened.session();
            }
            case Ground.Left _ -> throw new IllegalStateException("an earlier daemon's backup is not taken again");
        };
    }

    private @Nullable BackupReader previous(Repository repository, @Nullable BackupId id) {
        if (id == null) {
            whyNoPrevious = "It is the first backup.";
            return null;
        }
        try {
            return repository.read(id);
        } catch (YadoException e) {
            return switch (e.code()) {
                case NOT_FOUND, BACKUP_DAMAGED, BACKUP_KEY_REFUSED -> {
                    whyNoPrevious = "The previous backup cannot be read: " + e.getMessage();
                    yield null;
                }
                default -> throw e;
            };
        }
    }

    private void take(int place, QmpSession session, ChangeNotes bitmaps) throws IOException, InterruptedException {
        DiskId disk = order.disk(place).id();
        long size = session.run(new BackupCommand.QuerySize(disks.of(place)), PATIENCE);
        Optional<BackupReader.Disk> before = before(disk);
        DiskWriter out = Objects.requireNonNull(writer).disk(disk, size, before);
        Judgement judgement;
        if (before.isEmpty()) {
            judgement = new Judgement(
                    Found.FULL, whyNoPrevious == null ? "The previous backup does not have this disk." : whyNoPrevious);
        } else if (before.get().sizeBytes() != size) {
            judgement = Judgement.compare("The disk has another size than in the previous backup.");
        } else if (!out.damaged().isEmpty()) {
            judgement = Judgement.compare("The previous backup is damaged; what it lacks is stored anew.");
        } else {
            judgement = bitmaps.judge(place);
        }
        noted.put(place, bitmaps.begin(place, judgement));
        judgements.put(place, judgement);
        Intake intake = new Intake(disk, size, judgement.found(), out);
        intakes.put(place, intake);
        List<Part> all = new ArrayList<>(taken);
        all.add(new Part(intake, judgement));
        taken = List.copyOf(all);
    }

    private Optional<BackupReader.Disk> before(DiskId disk) {
        BackupReader reader = previous;
        return reader == null || reader.manifest().disk(disk).isEmpty()
                ? Optional.empty()
                : Optional.of(reader.disk(disk));
    }

    private Map<String, Intake> exports() {
        Map<String, Intake> exports = new HashMap<>();
        intakes.values().forEach(intake -> exports.put(intake.disk().toString(), intake));
        return exports;
    }

    private static Point pointAtRest(@Nullable Cause ended) {
        return ended == null
                ? new Point(Instant.now(), Consistency.STOPPED, null, 0)
                : new Point(
                        Instant.now(),
                        Consistency.CRASH,
                        "The guest has not run since it crashed: " + ended.code() + ", " + ended.detail(),
                        0);
    }

    private Point livePoint(Workplace workplace, Ground.Live live) throws IOException, InterruptedException {
        GuestPoint guest = new GuestPoint(live, disks, hold);
        requireRoom();
        for (int place : places) {
            guest.prepare(place, workplace.scratch(place, intake(place).sizeBytes()));
        }
        return guest.take(places, order.job());
    }

    /** What the guest overwrites meanwhile needs room, which it must not take from the guests themselves. */
    private void requireRoom() throws IOException {
        PoolSpace.requireForScratch(
                order.directory(), "What VM " + order.spec().id() + " overwrites during its backup");
    }

    private void start(int place, QmpSession session, ChangeNotes bitmaps, boolean live, long speed)
            throws IOException, InterruptedException {
        boolean byBitmap = judgement(place).found() == Found.BITMAP;
        String source = live ? Names.view(place) : disks.of(place);
        if (byBitmap) {
            bitmaps.freeze(place);
            bitmaps.copyTo(place, source);
        }
        session.run(
                new BackupCommand.NbdSocketAdd(
                        Names.target(place),
                        Workplace.socketName(),
                        intake(place).disk().toString()),
                PATIENCE);
        session.run(
                new BackupCommand.Backup(
                        Names.job(place),
                        source,
                        Names.target(place),
                        byBitmap ? Names.CHANGED : "",
                        live ? GuestPoint.PIECE_BYTES : 0,
                        speed),
                PATIENCE);
    }

    /** Returns when the repository has all of every disk. */
    void copy() throws IOException, InterruptedException {
        QmpSession session = Objects.requireNonNull(qemu);
        long began = System.nanoTime();
        long movedAt = began;
        long before = -1;
        while (true) {
            List<BlockCommand.Job> jobs = session.run(new BlockCommand.QueryJobs(), PATIENCE);
            int over = 0;
            for (int place : places) {
                over += isOver(place, jobs) ? 1 : 0;
            }
            if (over == places.size()) {
                break;
            }
            long at = progress().doneBytes();
            movedAt = at == before ? movedAt : System.nanoTime();
            before = at;
            if (System.nanoTime() - movedAt > STANDSTILL.toNanos()) {
                throw new YadoException(
                        ErrorCode.REPOSITORY_UNAVAILABLE,
                        "The repository has taken nothing for " + STANDSTILL.toMinutes() + " minutes.");
            }
            if (order.ground() instanceof Ground.Live) {
                requireRoom();
            }
            wanted.orThrow(untilNextLook(Duration.ofNanos(System.nanoTime() - began)));
        }
        for (Intake intake : intakes.values()) {
            intake.end();
        }
    }

    /** An eighth of the time that has gone. */
    private static Duration untilNextLook(Duration gone) {
        Duration part = gone.dividedBy(8);
        return part.compareTo(FIRST_LOOK) < 0
                ? FIRST_LOOK
                : part.compareTo(LONGEST_BETWEEN_LOOKS) > 0 ? LONGEST_BETWEEN_LOOKS : part;
    }

    /** @throws IOException when it has failed */
    private boolean isOver(int place, List<BlockCommand.Job> jobs) throws IOException {
        Intake intake = intake(place);
        YadoException refused = intake.failure();
        if (refused != null) {
            throw refused;
        }
        BlockCommand.Job job = jobs.stream()
                .filter(each -> each.id().equals(Names.job(place)))
                .findAny()
                .orElseThrow(() -> new IOException("QEMU has lost the job that copies disk " + intake.disk()));
        String error = job.error();
        if (job.over() && error != null) {
            String complaint = intake.complaint();
            throw new IOException("Disk " + intake.disk() + " could not be copied: "
                    + (complaint == null
                            ? error + " (when what the guest overwrites cannot be put aside, the pool is full or slow)"
                            : complaint));
        }
        return job.over();
    }

    /** From here on the backup exists. */
    Result finish(long began) {
        BackupWriter open = Objects.requireNonNull(writer);
        Point at = Objects.requireNonNull(point);
        Manifest made = open.finish(new BackupPoint(
                at.takenAt(), at.consistency().name(), ProtocolJson.mapper().valueToTree(order.spec())));
        done = true;
        BackupFigures figures = open.figures();
        return new Result(
                figures.readBytes(),
                figures.storedBytes(),
                figures.newChunks(),
                figures.reusedChunks(),
                progress().totalBytes(),
                (System.nanoTime() - began) / 1_000_000,
                made.retainUntil());
    }

    private Intake intake(int place) {
        return Objects.requireNonNull(intakes.get(place), "no intake");
    }

    private Judgement judgement(int place) {
        return Objects.requireNonNull(judgements.get(place), "no judgement");
    }

    @Override
    public void close() {
        intakes.values().forEach(Intake::abandon);
        boolean interrupted = Thread.interrupted();
        try {
            clearQemu();
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (IOException e) {
            log.warn(
                    "VM {}: something of backup {} is left in QEMU until the next one: {}",
                    order.spec().id(),
                    order.job().id(),
                    e.getMessage());
        }
        closeQuietly(server);
        closeQuietly(writer);
        closeQuietly(previous);
        Workplace.remove(order.directory());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void clearQemu() throws IOException, InterruptedException {
        QmpSession session = qemu;
        ChangeNotes bitmaps = notes;
        if (session == null || session.isOver()) {
            closeQuietly(storage);
            return;
        }
        try {
            new Leftovers(session, disks).remove(places);
            for (int place : places) {
                if (bitmaps == null || !noted.containsKey(place)) {
                    continue;
                }
                if (done) {
                    bitmaps.keep(place);
                } else {
                    bitmaps.takeBack(place);
                }
            }
            Storage open = storage;
            if (open != null) {
                storage = null;
                open.quit();
            }
        } catch (QmpException e) {
            if (!session.isOver()) {
                throw e;
            }
        } finally {
            closeQuietly(storage);
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable part) {
        if (part == null) {
            return;
        }
        try {
            part.close();
        } catch (Exception e) {
            log.warn("a part of a backup did not close", e);
        }
    }
}
