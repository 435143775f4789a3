package dev.yado.flow;

import dev.yado.backup.BackupRecords;
import dev.yado.backup.Backups;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.Undo;
import dev.yado.protocol.BackupId;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Has the host that a VM is on take a backup. An attempt that fails, because its daemon died or the VM moved away, is made again where
 * the VM is then: what the repository has already is not stored twice.
 */
@Component
class BackupVm implements Flow<BackupVm.Steps> {
    private final Taking taking;
    private final BackupRecords backups;

    BackupVm(Taking taking, BackupRecords backups) {
        this.taking = taking;
        this.backups = backups;
    }

    enum Steps {
        PREPARE,
        TAKE
    }

    @Override
    public String kind() {
        return Backups.TAKE;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Priority priority() {
        return Priority.BACKGROUND;
    }

    @Override
    public Duration deadline() {
        return Duration.ofHours(24);
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public LogKey target() {
        return LogKey.BACKUP;
    }

    @Override
    public Cancellation cancellation() {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                backups.lock(new BackupId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                return new Outlook("FAILED", "nothing of it stays in the repository; the VM is not touched");
            }
        };
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case PREPARE ->
                Step.transaction(
                                "see where the VM is, and what its changes are found against",
                                Deadlines.HOST_ANSWER,
                                CancelPoint.NOW,
                                run -> taking.prepare(run, Steps.TAKE))
                        .undoneBy(failed());
            case TAKE ->
                Step.hostCall(
                                "the host takes all disks at one instant and writes what has changed to the repository",
                                deadline(),
                                CancelPoint.NOW,
                                taking::take,
                                taking::<Steps>taken)
                        .undoneBy(failed());
        };
    }

    /** What hosts still have of it is tidied up by a reconciler: nobody waits for a host that is away. */
    private Undo failed() {
        return Undo.inTransaction(Deadlines.AT_ONCE, taking::abandon);
    }
}
