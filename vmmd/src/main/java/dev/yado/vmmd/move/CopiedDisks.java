package dev.yado.vmmd.move;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.MigrationProgress;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.BlockCommand.Job;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source's side of disks that lie in no pool that both hosts share. What a disk has above its image is copied over NBD; from the
 * first byte on, whatever the guest writes is on both sides before the guest hears that it is written. So hardly anything is left to
 * do when the guest is held, and the source's disk is whole at every moment.
 */
final class CopiedDisks {
    private static final Logger log = LoggerFactory.getLogger(CopiedDisks.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration CONNECTING = Duration.ofSeconds(30);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final Duration BETWEEN_LATER_LOOKS = Duration.ofMillis(500);
    private static final Duration STANDSTILL = Duration.ofSeconds(30);
    private static final Duration ENDING = Duration.ofSeconds(10);

    private final List<Copy> copies = new ArrayList<>();
    private final Departure departure;
    private final @Nullable QmpSession qemu;
    private boolean follows;
    private long lookedAt;
    private long doneBytes;

    private record Copy(DiskId disk, int place, String target, String job) {}

    /** Asked while disks are copied. */
    interface Watch {
        /** @return false: it is not wanted any more */
        boolean goOn(MigrationProgress progress) throws IOException;
    }

    /**
     * @param disks all that the guest has, in their order
     * @param qemu null when its process is gone
     */
    CopiedDisks(Departure departure, List<DiskId> disks, @Nullable QmpSession qemu) {
        this.departure = departure;
        this.qemu = qemu;
        for (int index = 0; index < disks.size(); index++) {
            if (departure.copied().contains(disks.get(index))) {
                copies.add(new Copy(disks.get(index), index, "copy" + index, "copy" + index));
            }
        }
    }

    boolean none() {
        return departure.copied().isEmpty();
    }

    /** What the guest writes has to reach the destination. */
    boolean follows() {
        return follows;
    }

    /** What has been copied so far. */
    long copiedBytes() {
        return doneBytes;
    }

    /**
     * Before memory goes. Returns when both sides are the same and stay so, or when the watch does not want it any more.
     *
     * @throws IOException when a disk cannot be copied, with a sentence
     */
    void follow(Watch watch) throws IOException, InterruptedException {
        if (none()) {
            return;
        }
        if (copies.size() != departure.copied().size()) {
            throw new IOException("A disk is to be copied that the VM does not have.");
        }
        begin();
        long began = System.nanoTime();
        long movedAt = began;
        long before = -1;
        while (true) {
            Map<String, Job> jobs = jobs();
            long done = jobs.values().stream().mapToLong(Job::doneBytes).sum();
            long total = jobs.values().stream().mapToLong(Job::totalBytes).sum();
            doneBytes = done;
            boolean same =
                    jobs.size() == copies.size() && jobs.values().stream().allMatch(Job::ready);
            long now = System.nanoTime();
            movedAt = done == before ? movedAt : now;
            before = done;
            long rate = done * 1000 / Math.max(1, (now - began) / 1_000_000);
            boolean wanted = watch.goOn(
                    new MigrationProgress(MigrationProgress.Part.DISKS, total, total - done, rate, 0, 1, 0, 0));
            if (same || !wanted) {
                return;
            }
            if (now - movedAt > STANDSTILL.toNanos()) {
                throw new IOException("Nothing of the disks has reached the destination for " + STANDSTILL.toSeconds()
                        + " s, after " + done + " of " + total + " bytes.");
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private void begin() throws IOException, InterruptedException {
        Integer port = departure.endpoint().diskPort();
        if (port == null) {
            throw new IOException("The destination takes no disks.");
        }
        follows = true;
        ActiveNodes nodes = ActiveNodes.of(session());
        for (Copy copy : copies) {
            try {
                ask(
                        new BlockCommand.NbdClientAdd(
                                copy.target(),
                                departure.endpoint().address(),
                                port,
                                copy.disk().toString(),
                                StreamKeys.ID,
                                departure.endpoint().tlsName()),
                        CONNECTING);
                ask(
                        new BlockCommand.Mirror(
                                copy.job(),
                                nodes.of(copy.place()),
                                copy.target(),
                                share(departure.goal().bandwidthMiBs())),
                        PATIENCE);
            } catch (QmpException e) {
                throw new IOException(
                        "Disk " + copy.disk() + " cannot be copied to the destination: " + e.getMessage() + ".", e);
            }
        }
    }

    /** @param bandwidthMiBs for all disks together; null: no limit */
    void limit(@Nullable Integer bandwidthMiBs) throws InterruptedException {
        for (Copy copy : copies) {
            tryTo(new BlockCommand.JobSpeed(copy.job(), share(bandwidthMiBs)));
        }
    }

    private long share(@Nullable Integer bandwidthMiBs) {
        return bandwidthMiBs == null ? 0 : Math.max(1, ((long) bandwidthMiBs << 20) / copies.size());
    }

    /** While memory goes: @throws IOException when the two sides are the same no more */
    void look() throws IOException, InterruptedException {
        long now = System.nanoTime();
        if (follows && now - lookedAt > BETWEEN_LATER_LOOKS.toNanos()) {
            lookedAt = now;
            jobs();
        }
    }

    /** The guest is held and writes no more: returns when the destination has everything and is let alone with it. */
    void complete() throws IOException, InterruptedException {
        // All are looked at before the first is told to end: that one may be over when the next is told.
        Map<String, Job> jobs = copies.isEmpty() ? Map.of() : jobs();
        for (Copy copy : copies) {
            Job job = jobs.get(copy.job());
            if (job == null || !job.ready()) {
                throw new IOException("Disk " + copy.disk() + " is not the same on both sides.");
            }
        }
        for (Copy copy : copies) {
            ask(new BlockCommand.JobCancel(copy.job(), false), PATIENCE);
        }
        for (Copy copy : copies) {
            Job job = over(copy.job());
            if (job.error() != null) {
                throw failure(copy, job.error());
            }
            doneBytes = Math.max(doneBytes, job.doneBytes());
            ask(new BlockCommand.JobDismiss(copy.job()), PATIENCE);
            ask(new BlockCommand.NodeDel(copy.target()), PATIENCE);
        }
        follows = false;
    }

    /**
     * It is not wanted any more: what waits for the destination fails at once, also where nothing is heard of it. Until then QEMU would
     * answer nobody who wants it to end the rest, since it waits for all that is under way to disks.
     */
    void cut() throws InterruptedException {
        QmpSession session = qemu;
        if (session == null || session.isOver()) {
            return;
        }
        for (Copy copy : copies) {
            tryTo(new BlockCommand.Yank(copy.target()));
        }
    }

    /** The guest stays, or has gone: whatever still copies is ended. */
    void abandon() throws InterruptedException {
        follows = false;
        QmpSession session = qemu;
        if (none() || session == null || session.isOver()) {
            return;
        }
        cut();
        for (Copy copy : copies) {
            tryTo(new BlockCommand.JobCancel(copy.job(), true));
        }
        for (Copy copy : copies) {
            try {
                if (raw().containsKey(copy.job())) {
                    over(copy.job());
                }
            } catch (IOException e) {
                log.warn("copying disk {} does not end: {}", copy.disk(), e.getMessage());
            }
            tryTo(new BlockCommand.JobDismiss(copy.job()));
            tryTo(new BlockCommand.NodeDel(copy.target()));
        }
    }

    /** Those that are ours. @throws IOException when one has failed */
    private Map<String, Job> jobs() throws IOException, InterruptedException {
        Map<String, Job> jobs = raw();
        for (Copy copy : copies) {
            Job job = jobs.get(copy.job());
            if (job == null) {
                throw failure(copy, "QEMU copies it no more");
            }
            if (job.over()) {
                throw failure(copy, job.error() == null ? "QEMU has ended it" : job.error());
            }
        }
        return jobs;
    }

    private Map<String, Job> raw() throws IOException, InterruptedException {
        List<String> ours = copies.stream().map(Copy::job).toList();
        return ask(new BlockCommand.QueryJobs(), PATIENCE).stream()
                .filter(job -> ours.contains(job.id()))
                .collect(Collectors.toMap(Job::id, Function.identity()));
    }

    private Job over(String name) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + ENDING.toNanos();
        while (true) {
            Job job = raw().get(name);
            if (job == null || job.over()) {
                return job == null ? new Job(name, "null", 0, 0, "QEMU has forgotten it") : job;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("Copying a disk did not end within " + ENDING.toSeconds() + " s.");
            }
            // The guest may be held meanwhile; mostly the second question is the last.
            Thread.sleep(Duration.ofNanos(200_000));
        }
    }

    private static IOException failure(Copy copy, String why) {
        return new IOException("Copying disk " + copy.disk() + " failed: " + why + ".");
    }

    private <R> R ask(QmpCommand<R> command, Duration patience) throws QmpException, InterruptedException {
        return session().run(command, patience);
    }

    private QmpSession session() throws QmpException {
        QmpSession session = qemu;
        if (session == null) {
            throw new QmpException("its process is gone");
        }
        return session;
    }

    private void tryTo(QmpCommand<?> command) throws InterruptedException {
        try {
            ask(command, PATIENCE);
        } catch (QmpException e) {
            log.debug("{}", e.getMessage());
        }
    }
}
