package dev.yado.vmmd.vm;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupAnswer.Phase;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.vmmd.backup.BackupRun;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.store.BackupStore;
import dev.yado.vmmd.store.Run;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The backup of a VM that is under way, as its loop sees it: one at most. While it is, nobody else opens the VM's disks; whoever has
 * to ends it first and waits for its end. Only the loop's thread touches it.
 */
final class BackedUpVm {
    private final VmId id;
    private final HostParts host;
    private final VmRecords records;
    private final Consumer<VmEvent> loop;
    private final List<VmEvent> afterwards = new ArrayList<>();
    private @Nullable BackupRun run;
    /** Not taken out of QEMU yet, by an earlier daemon for example: waits for a conversation, or to hear that there is no process. */
    private @Nullable BackupJob left;

    private boolean holds;

    /** What the VM is at the moment. @param rests nothing else is under way and it is as it is wanted */
    record Standing(@Nullable LiveGuest guest, boolean rests, boolean restoring) {}

    BackedUpVm(VmId id, HostParts host, VmRecords records, Consumer<VmEvent> loop) {
        this.id = id;
        this.host = host;
        this.records = records;
        this.loop = loop;
    }

    /** @return true when what QEMU says may be old news: the guest is to be looked at */
    boolean handle(VmEvent.OfBackup event, Standing now) throws IOException {
        switch (event) {
            case VmEvent.PutBackup put -> answering(put.reply(), () -> put(put, now));
            case VmEvent.AskBackup ask ->
                answering(
                        ask.reply(),
                        () -> ask.reply()
                                .complete(answer(ask.backup())
                                        .orElseThrow(() -> new HostRefusal(
                                                ErrorCode.NOT_FOUND,
                                                "This host never heard of backup " + ask.backup() + " of this VM."))));
            case VmEvent.CancelBackup cancel -> answering(cancel.reply(), () -> cancel(cancel));
            case VmEvent.HoldForBackup(var who, var reply) -> {
                LiveGuest guest = now.guest();
                boolean runs = who == run
                        && guest != null
                        && !guest.isEnding()
                        && !guest.deaf()
                        && !guest.held()
                        && records.spec() != null
                        && records.spec().desired() != DesiredState.PAUSED;
                holds = runs;
                reply.complete(runs);
            }
            case VmEvent.LetGoAfterBackup(var who) -> {
                boolean held = holds && who == run;
                holds = held ? false : holds;
                return held;
            }
            case VmEvent.BackupOver(var who) -> {
                if (who == run) {
                    run = null;
                    LiveGuest guest = now.guest();
                    if (guest != null && who.leftSomething()) {
                        left = who.job();
                        QmpSession next = guest.session();
                        if (next != null && !next.isOver()) {
                            attached(next);
                        }
                    }
                    boolean held = holds;
                    holds = false;
                    afterwards.forEach(loop);
                    afterwards.clear();
                    return held;
                }
            }
        }
        return false;
    }

    private interface Answering {
        void run() throws IOException;
    }

    private static void answering(CompletableFuture<?> reply, Answering answer) throws IOException {
        try {
            answer.run();
        } catch (HostRefusal refusal) {
            reply.completeExceptionally(refusal);
        } catch (IOException e) {
            reply.completeExceptionally(new HostRefusal(
                    ErrorCode.UNAVAILABLE, "The host cannot write to its state directory: " + e.getMessage()));
            throw e;
        } catch (RuntimeException e) {
            reply.completeExceptionally(e);
        }
    }

    private void put(VmEvent.PutBackup put, Standing now) throws IOException {
        BackupJob job = put.job();
        VmSpec spec = records.known(put.fence());
        Optional<BackupAnswer> before = answer(job.id());
        if (before.isPresent()) {
            put.reply().complete(before.get());
            return;
        }
        if (isActive()) {
            throw new HostRefusal(ErrorCode.CONFLICT, "Another backup of this VM is under way.");
        }
        if (now.restoring()) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "The VM's disks still come from a backup: it can be backed up when all has come.");
        }
        LiveGuest guest = now.guest();
        QmpSession session = guest == null ? null : guest.session();
        if (!now.rests() || records.move() != null || (guest != null && session == null)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT, "The VM is not at rest on this host: it cannot be backed up at the moment.");
        }
        requireDisks(spec, job);
        Set<DiskId> made = records.journal().made();
        if (guest == null && !made.containsAll(job.disks())) {
            throw new HostRefusal(ErrorCode.CONFLICT, "The VM's disks are not made yet: there is nothing to back up.");
        }
        BackupRun.Ground ground = session == null
                ? new BackupRun.Ground.AtRest(
                        () -> StartUp.disks(host, spec, made).open(job.disks()), crash())
                : new BackupRun.Ground.Live(
                        session, Objects.requireNonNull(guest).fileSystems());
        begin(new BackupRun.Order(spec, job, host.store().directory(id), ground), true)
                .whenOver(put.reply()::complete);
    }

    /** What its last run ended with, unless that was an end as it should be. */
    private @Nullable Cause crash() {
        return records.journal().run() instanceof Run.Ended ended && ended.state() == ObservedState.CRASHED
                ? ended.cause()
                : null;
    }

    private static void requireDisks(VmSpec spec, BackupJob job) {
        List<DiskId> all = spec.shape().disks().stream().map(DiskSpec::id).toList();
        job.disks().stream().filter(disk -> !all.contains(disk)).findAny().ifPresent(disk -> {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "The VM has no disk " + disk + ".");
        });
    }

    private BackupRun begin(BackupRun.Order order, boolean fresh) throws IOException {
        BackupRun way = new BackupRun(host.backups(), order, new Ear());
        if (fresh) {
            host.backups().store().begin(id, order.job());
        }
        run = way;
        way.begin();
        return way;
    }

    private Optional<BackupAnswer> answer(BackupId backup) throws IOException {
        BackupRun way = run;
        if (way != null && way.id().equals(backup)) {
            return Optional.of(way.answer());
        }
        Optional<BackupStore.Begun> known = host.backups().store().find(backup);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        if (!known.get().vm().equals(id)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "Backup " + backup + " is of VM " + known.get().vm() + ".");
        }
        BackupAnswer answer = known.get().answer();
        if (answer != null) {
            return Optional.of(answer);
        }
        boolean waits = left != null && left.id().equals(backup);
        return Optional.of(
                waits
                        ? new BackupAnswer(backup, Phase.PREPARING, null, null, List.of(), null, null)
                        : ended(
                                backup,
                                Phase.FAILED,
                                ErrorCode.BACKUP_FAILED,
                                "The daemon ended while the backup was taken, and the VM is not here any more."));
    }

    private static BackupAnswer ended(BackupId backup, Phase phase, ErrorCode code, String why) {
        return new BackupAnswer(backup, phase, null, null, List.of(), null, new BackupAnswer.Failure(code, why));
    }

    private void cancel(VmEvent.CancelBackup cancel) throws IOException {
        BackupRun way = run;
        String why = "The backup was cancelled as asked.";
        if (way != null && way.id().equals(cancel.backup())) {
            way.end(ErrorCode.CANCELLED, why);
        } else if (answer(cancel.backup()).isEmpty()) {
            host.backups().store().end(id, null, ended(cancel.backup(), Phase.CANCELLED, ErrorCode.CANCELLED, why));
        }
        cancel.reply().complete(answer(cancel.backup()).orElseThrow());
    }

    boolean isActive() {
        return run != null || left != null;
    }

    /** The guest is held by the backup for a moment: that it is, is nobody else's concern. */
    boolean holds() {
        return holds;
    }

    /**
     * Somebody needs the disks, or the guest: the backup ends.
     *
     * @return true when there is none any more; else the loop hears of its end
     */
    boolean makeWay(String why) {
        if (run != null) {
            run.end(ErrorCode.CONFLICT, why);
        }
        return !isActive();
    }

    /** As {@link #makeWay}; the event comes again when it has ended. */
    boolean makeWay(String why, VmEvent again) {
        boolean free = makeWay(why);
        if (!free) {
            afterwards.add(again);
        }
        return free;
    }

    /** An earlier daemon ended while it took a backup. @param process whether there is one: {@link #attached} follows */
    void recover(boolean process) throws IOException {
        BackupStore.Begun begun = host.backups().unfinished().values().stream()
                .filter(each -> each.vm().equals(id))
                .findFirst()
                .orElse(null);
        if (begun == null) {
            return;
        }
        left = begun.job();
        if (!process) {
            attached(null);
        }
    }

    /** @param session null when its process is gone */
    void attached(@Nullable QmpSession session) throws IOException {
        BackupJob job = left;
        VmSpec spec = records.spec();
        if (job == null) {
            return;
        }
        left = null;
        if (spec == null) {
            host.backups()
                    .store()
                    .end(id, job, ended(job.id(), Phase.FAILED, ErrorCode.NOT_FOUND, "The VM was deleted."));
            return;
        }
        begin(new BackupRun.Order(spec, job, host.store().directory(id), new BackupRun.Ground.Left(session)), false);
    }

    private final class Ear implements BackupRun.Listener {
        @Override
        public boolean holds(BackupRun who) throws IOException, InterruptedException {
            CompletableFuture<Boolean> reply = new CompletableFuture<>();
            loop.accept(new VmEvent.HoldForBackup(who, reply));
            try {
                return reply.get();
            } catch (ExecutionException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void letsGo(BackupRun who) {
            loop.accept(new VmEvent.LetGoAfterBackup(who));
        }

        @Override
        public void over(BackupRun who) {
            loop.accept(new VmEvent.BackupOver(who));
        }
    }
}
