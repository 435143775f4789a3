package dev.yado.flow;

import dev.yado.backup.Backup;
import dev.yado.backup.BackupRecords;
import dev.yado.backup.Backups;
import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.BackupId;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Removes a backup from its repository, then its row. One that is being taken is broken off first. */
@Component
class DeleteBackup implements Flow<DeleteBackup.Steps> {
    private final Forgetting forgetting;
    private final BackupRecords backups;

    DeleteBackup(Forgetting forgetting, BackupRecords backups) {
        this.forgetting = forgetting;
        this.backups = backups;
    }

    enum Steps {
        FORGET,
        REMOVE
    }

    @Override
    public String kind() {
        return Backups.DELETE;
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Priority priority() {
        return Priority.NORMAL;
    }

    @Override
    public Duration deadline() {
        return Deadlines.REMOVAL;
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public LogKey target() {
        return LogKey.BACKUP;
    }

    /** While no host was told of it. */
    @Override
    public Cancellation cancellation() {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                backups.lock(new BackupId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                boolean whole = backups.of(new BackupId(run.target()))
                        .filter(backup -> backup.verifiedAt() != null)
                        .isPresent();
                return new Outlook(
                        (whole ? Backup.State.AVAILABLE : Backup.State.FAILED).name(), "it stays what it was");
            }

            @Override
            public void takeBack(Run run) {
                backups.lock(new BackupId(run.target())).ifPresent(backups::deletionCalledOff);
            }
        };
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case FORGET ->
                Step.hostCall(
                        "a host that has the repository removes the backup from it",
                        Deadlines.REMOVAL,
                        CancelPoint.NO_RETURN,
                        forgetting::forget,
                        (run, answer) -> switch (answer) {
                            case Forgetting.Answer.Forgotten(String detail) -> new Advance<>(Steps.REMOVE, detail);
                            case Forgetting.Answer.NotYet(Duration delay, String reason) -> new Wait<>(delay, reason);
                        });
            case REMOVE ->
                Step.transaction("nothing of it is known any more", Deadlines.AT_ONCE, CancelPoint.NO_RETURN, run -> {
                    backups.remove(new BackupId(run.target()));
                    return new Done<>();
                });
        };
    }
}
