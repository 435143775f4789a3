package dev.yado.vmmd.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupAnswer.Failure;
import dev.yado.protocol.backup.BackupAnswer.Phase;
import dev.yado.protocol.backup.BackupAnswer.Point;
import dev.yado.protocol.backup.BackupAnswer.Progress;
import dev.yado.protocol.backup.BackupAnswer.Result;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.vmmd.agent.GuestFileSystems;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.qemu.ActiveNodes;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One backup that is taken, on a thread of its own, from its turn to its end. It always ends, with nothing left of it in QEMU or on
 * the host; whoever wants the disks before then {@link #end}s it and waits for its listener to hear of it.
 */
public final class BackupRun {
    private static final Logger log = LoggerFactory.getLogger(BackupRun.class);

    private final BackupParts parts;
    private final Order order;
    private final Listener listener;
    private final CompletableFuture<Failure> ending = new CompletableFuture<>();
    private final AtomicReference<@Nullable Copying> copying = new AtomicReference<>();
    private volatile Phase phase = Phase.PREPARING;
    private volatile @Nullable BackupAnswer last;
    private final CompletableFuture<BackupAnswer> over = new CompletableFuture<>();

    /** What the disks are in. */
    public sealed interface Ground {
        record Live(QmpSession qemu, GuestFileSystems fileSystems) implements Ground {}

        /** @param ended what became of its last run; null: it was never begun, or ended well */
        record AtRest(Storage.Opening opening, @Nullable Cause ended) implements Ground {}

        /** It is over, or its daemon is: only QEMU may still have parts of it. @param qemu null when there is no process */
        record Left(@Nullable QmpSession qemu) implements Ground {}
    }

    /** @param directory the VM's */
    public record Order(VmSpec spec, BackupJob job, Path directory, Ground ground) {
        /** @throws YadoException {@link ErrorCode#NOT_FOUND} when the VM has no such disk */
        List<Integer> places() {
            List<DiskId> all = spec.shape().disks().stream().map(DiskSpec::id).toList();
            List<Integer> places = new ArrayList<>();
            for (DiskId disk : job.disks()) {
                int place = all.indexOf(disk);
                if (place < 0) {
                    throw new YadoException(ErrorCode.NOT_FOUND, "The VM has no disk " + disk + ".");
                }
                places.add(place);
            }
            return places;
        }

        List<Integer> allPlaces() {
            return IntStream.range(0, spec.shape().disks().size()).boxed().toList();
        }

        DiskSpec disk(int place) {
            return spec.shape().disks().get(place);
        }
    }

    /** Hears of the run on the run's thread. */
    public interface Listener {
        /** @return false when the guest does not run */
        boolean holds(BackupRun run) throws IOException, InterruptedException;

        void letsGo(BackupRun run);

        /** The last word: it is written down, and nothing of the run is left unless its answer says so. */
        void over(BackupRun run);
    }

    public BackupRun(BackupParts parts, Order order, Listener listener) {
        this.parts = parts;
        this.order = order;
        this.listener = listener;
    }

    public BackupId id() {
        return order.job().id();
    }

    public BackupJob job() {
        return order.job();
    }

    /** The conversation with QEMU ended before everything could be taken out of it. */
    public boolean leftSomething() {
        return order.ground() instanceof Ground.Live live && live.qemu().isOver();
    }

    public void begin() {
        Thread.ofVirtual().name("backup " + id()).start(this::run);
    }

    /** It is not wanted any more; what was first said counts. It may be too late: then it is DONE. */
    public void end(ErrorCode code, String why) {
        ending.complete(new Failure(code, why));
    }

    /** Tells its last answer, after its listener has heard of it. */
    public void whenOver(Consumer<BackupAnswer> told) {
        over.thenAccept(told);
    }

    public BackupAnswer answer() {
        BackupAnswer end = last;
        if (end != null) {
            return end;
        }
        Copying now = copying.get();
        return new BackupAnswer(
                id(),
                phase,
                now == null ? null : now.progress(),
                now == null ? null : now.point(),
                now == null ? List.of() : now.changes(),
                null,
                null);
    }

    private void run() {
        long began = System.nanoTime();
        BackupAnswer answer = null;
        try {
            answer = switch (order.ground()) {
                case Ground.Left left -> recover(left);
                case Ground.Live _, Ground.AtRest _ -> take(began);
            };
        } catch (InterruptedException e) {
            answer = failed(new Failure(ErrorCode.BACKUP_FAILED, "The daemon was ended."));
        } catch (YadoException e) {
            answer = failed(new Failure(e.code(), String.valueOf(e.getMessage())));
        } catch (IOException | RuntimeException e) {
            Failure why = ending.getNow(null);
            if (why == null) {
                log.warn("backup {} of VM {} failed", id(), order.spec().id(), e);
                why = new Failure(ErrorCode.BACKUP_FAILED, sentence(e));
            }
            answer = failed(why);
        } finally {
            finish(answer == null ? failed(new Failure(ErrorCode.INTERNAL, "The daemon failed.")) : answer);
        }
    }

    private void finish(BackupAnswer answer) {
        try {
            parts.store().end(order.spec().id(), order.job(), answer);
        } catch (IOException e) {
            log.error("the end of backup {} could not be written down", id(), e);
        }
        last = answer;
        log.info(
                "VM {}: backup {} is {}: {}",
                order.spec().id(),
                id(),
                answer.phase(),
                answer.result() == null ? answer.failure() : answer.result() + " " + answer.disks());
        listener.over(this);
        over.complete(answer);
    }

    private BackupAnswer take(long began) throws IOException, InterruptedException {
        awaitTurn();
        try (Copying work = new Copying(parts, order, this::wanted, hold())) {
            copying.set(work);
            work.begin();
            phase = Phase.COPYING;
            work.copy();
            wanted();
            phase = Phase.VERIFYING;
            Result result = work.finish(began);
            Point point = work.point();
            Progress progress = work.progress();
            return new BackupAnswer(id(), Phase.DONE, progress, point, work.changes(), result, null);
        } finally {
            copying.set(null);
            parts.turns().release();
        }
    }

    private GuestPoint.Hold hold() {
        return new GuestPoint.Hold() {
            @Override
            public boolean begin() throws IOException, InterruptedException {
                return listener.holds(BackupRun.this);
            }

            @Override
            public void end() {
                listener.letsGo(BackupRun.this);
            }
        };
    }

    private void awaitTurn() throws InterruptedException {
        while (!parts.turns().tryAcquire(Duration.ofMillis(100).toMillis(), TimeUnit.MILLISECONDS)) {
            wanted();
        }
        try {
            wanted();
        } catch (YadoException e) {
            parts.turns().release();
            throw e;
        }
    }

    /** Waits a moment. @throws YadoException when it is not wanted any more */
    private void wanted(Duration moment) throws InterruptedException {
        try {
            Failure why = ending.get(moment.toNanos(), TimeUnit.NANOSECONDS);
            throw new YadoException(why.code(), why.detail());
        } catch (TimeoutException e) {
            // It is.
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void wanted() throws InterruptedException {
        wanted(Duration.ZERO);
    }

    /** What an earlier daemon left is taken away; whether the backup exists is asked of the repository. */
    private BackupAnswer recover(Ground.Left left) throws IOException, InterruptedException {
        boolean exists;
        try {
            parts.repositories().open(order.job().repository()).manifest(id());
            exists = true;
        } catch (YadoException e) {
            exists = false;
        }
        QmpSession qemu = left.qemu();
        if (qemu != null) {
            try {
                ActiveNodes disks = ActiveNodes.of(qemu);
                new Leftovers(qemu, disks).remove(order.allPlaces());
                ChangeNotes notes =
                        new ChangeNotes(qemu, disks, id(), order.job().previous());
                for (int place : order.places()) {
                    if (exists) {
                        notes.keep(place);
                    } else {
                        notes.takeBack(place);
                    }
                }
            } catch (IOException e) {
                log.warn(
                        "VM {}: what is left of backup {} stays for the next one",
                        order.spec().id(),
                        id(),
                        e);
            }
        }
        Workplace.remove(order.directory());
        Optional<BackupAnswer> known = parts.store().find(id()).flatMap(begun -> Optional.ofNullable(begun.answer()));
        if (known.isPresent()) {
            return known.get();
        }
        return exists
                ? new BackupAnswer(id(), Phase.DONE, null, null, List.of(), null, null)
                : failed(new Failure(
                        ErrorCode.BACKUP_FAILED,
                        "The daemon ended while the backup was taken. Nothing of it is left."));
    }

    private BackupAnswer failed(Failure failure) {
        Phase how = failure.code() == ErrorCode.CANCELLED ? Phase.CANCELLED : Phase.FAILED;
        return new BackupAnswer(id(), how, null, null, List.of(), null, failure);
    }

    static String sentence(Exception e) {
        String said = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return said.endsWith(".") ? said : said + ".";
    }
}
