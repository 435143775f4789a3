package dev.yado.vmmd.vm;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.vmmd.backup.BackupRun;
import dev.yado.vmmd.backup.Streaming;
import dev.yado.vmmd.move.Outgoing;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.qemu.ProcessEnd;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpEvent;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.snapshot.SnapshotRun;
import dev.yado.vmmd.store.Run;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a VM's loop acts on, one after the other. Events of a process or attempt that the loop has left behind mean nothing. */
sealed interface VmEvent {
    record Put(CallFence fence, VmSpec spec, CompletableFuture<VmReport> reply) implements VmEvent {}

    record Delete(CallFence fence, long generation, CompletableFuture<VmReport> reply) implements VmEvent {}

    /**
     * The first event of a loop that continues after a restart of the daemon.
     *
     * @param found the VM's process
     * @param awaitsTurn told whether the VM waits for {@link TakeTurn}
     */
    record Recover(@Nullable QemuProcess found, CompletableFuture<Boolean> awaitsTurn) implements VmEvent {}

    /**
     * The VM may be brought back now.
     *
     * @param reply given when the VM is back, or has failed
     */
    record TakeTurn(CompletableFuture<VmReport> reply) implements VmEvent {}

    /** QEMU is about to be executed, as soon as that is written down. */
    record AboutToLaunch(Attempt attempt, Run.Launch launch, CompletableFuture<Boolean> written) implements VmEvent {}

    /**
     * @param attempt the start that made the process; null for a process that was there already
     * @param waitingAt for a guest from elsewhere; null when it waits for none, or has since before
     */
    record Attached(
            @Nullable Attempt attempt,
            QemuProcess process,
            QmpSession session,
            RunStatus status,
            ArrivalAnswer.@Nullable Endpoint waitingAt)
            implements VmEvent {}

    /**
     * Nothing of the attempt is left.
     *
     * @param failure why; null when disks are ready as asked, or when it was broken off
     */
    record AttemptEnded(Attempt attempt, @Nullable Cause failure) implements VmEvent {}

    /** Somebody looks whether all is as it should be. */
    record Inspect(CompletableFuture<Inspection> reply) implements VmEvent {}

    record Qmp(QemuProcess process, QmpEvent event) implements VmEvent {}

    record QmpEnded(QemuProcess process) implements VmEvent {}

    record Status(QemuProcess process, RunStatus status) implements VmEvent {}

    /** @param open somebody in the guest had the agent's channel open when it was looked */
    record AgentSeen(QemuProcess process, boolean open) implements VmEvent {}

    /** @param failure null when QEMU did it */
    record CommandDone(
            QemuProcess process,
            QmpCommand<?> command,
            @Nullable Throwable failure) implements VmEvent {}

    record Exited(QemuProcess process, ProcessEnd end) implements VmEvent {}

    /** @param failure null when nothing of the VM is left */
    record Removed(@Nullable Throwable failure) implements VmEvent {}

    /** Of a move to or from another host. */
    sealed interface OfMove extends VmEvent {}

    record PutArrival(CallFence fence, Arrival arrival, CompletableFuture<ArrivalAnswer> reply) implements OfMove {}

    record Settle(CallFence fence, MigrationId migration, CompletableFuture<ArrivalAnswer> reply) implements OfMove {}

    record Go(MigrationId migration, CompletableFuture<ArrivalAnswer> reply) implements OfMove {}

    record AskArrival(MigrationId migration, CompletableFuture<ArrivalAnswer> reply) implements OfMove {}

    /** Whose word lets it run; empty when it is not known. */
    record AskSource(MigrationId migration, CompletableFuture<Optional<HostId>> reply) implements OfMove {}

    /** Answered when it is ready, or will never be. */
    record AwaitArrival(MigrationId migration, CompletableFuture<ArrivalAnswer> reply) implements OfMove {}

    record PutDeparture(CallFence fence, Departure departure, CompletableFuture<DepartureAnswer> reply)
            implements OfMove {}

    record AskDeparture(MigrationId migration, CompletableFuture<DepartureAnswer> reply) implements OfMove {}

    /** Answered when it is not being copied any more. */
    record AwaitDeparture(MigrationId migration, CompletableFuture<DepartureAnswer> reply) implements OfMove {}

    record CancelDeparture(CallFence fence, MigrationId migration, CompletableFuture<DepartureAnswer> reply)
            implements OfMove {}

    record Release(CallFence fence, MigrationId migration, long generation, CompletableFuture<VmReport> reply)
            implements OfMove {}

    /** @param failure null when the guest that has come runs now */
    record LetRun(QemuProcess process, @Nullable Throwable failure) implements OfMove {}

    /**
     * The process that had the disks of a VM open which comes without running was asked to end.
     *
     * @param failure null when it has written everything
     */
    record StorageEnded(Storage storage, @Nullable Throwable failure) implements OfMove {}

    record StorageGone(Storage storage) implements OfMove {}

    /** A VM that does not run is about to be handed over, as soon as that is written down. */
    record SayingGo(Outgoing outgoing, CompletableFuture<Boolean> written) implements OfMove {}

    record DepartureEnded(Outgoing outgoing, Outgoing.Outcome outcome) implements OfMove {}

    /** Of a backup that is taken of it. */
    sealed interface OfBackup extends VmEvent {}

    record PutBackup(CallFence fence, BackupJob job, CompletableFuture<BackupAnswer> reply) implements OfBackup {}

    record AskBackup(BackupId backup, CompletableFuture<BackupAnswer> reply) implements OfBackup {}

    record CancelBackup(CallFence fence, BackupId backup, CompletableFuture<BackupAnswer> reply) implements OfBackup {}

    /** The guest is about to be held for some milliseconds. @param reply false when it does not run */
    record HoldForBackup(BackupRun run, CompletableFuture<Boolean> reply) implements OfBackup {}

    /** Comes after all that QEMU has said of it. */
    record LetGoAfterBackup(BackupRun run) implements OfBackup {}

    /** Nothing of it is left. */
    record BackupOver(BackupRun run) implements OfBackup {}

    /** Of snapshots of it. */
    sealed interface OfSnapshot extends VmEvent {}

    record PutSnapshot(CallFence fence, SnapshotJob job, CompletableFuture<SnapshotAnswer> reply)
            implements OfSnapshot {}

    /** What its snapshots have is to be read by another host. */
    record AskLayers(CallFence fence, CompletableFuture<List<OfferedDisk>> reply) implements OfSnapshot {}

    /** Nothing more is done at the moment. */
    record SnapshotOver(SnapshotRun run) implements OfSnapshot {}

    /** Its disks lack nothing more of the backup that they come from, or QEMU is gone. */
    record RestoreOver(Streaming streaming) implements VmEvent {}
}
