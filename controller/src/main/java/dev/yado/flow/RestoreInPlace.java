package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Done;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.snapshot.Snapshots;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Gives the disks of a stopped VM what a backup has. What they had is a snapshot, so that it can be undone. */
@Component
class RestoreInPlace implements Flow<RestoreInPlace.Steps> {
    private final Snapshotting snapshotting;
    private final SnapshotRecords snapshots;

    RestoreInPlace(Snapshotting snapshotting, SnapshotRecords snapshots) {
        this.snapshotting = snapshotting;
        this.snapshots = snapshots;
    }

    enum Steps {
        RESTORE
    }

    @Override
    public String kind() {
        return Snapshots.RESTORE;
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
        return Duration.ofHours(24);
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public LogKey target() {
        return LogKey.SNAPSHOT;
    }

    @Override
    public Cancellation cancellation() {
        return snapshotting.untilItsHostIsTold("FAILED", "the disks of the VM stay as they are");
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case RESTORE ->
                Step.<Steps, Snapshotting.Answer>hostCall(
                        "the host reads the backup, then gives the disks what it has",
                        deadline(),
                        CancelPoint.NO_RETURN,
                        snapshotting::restore,
                        (run, answer) -> snapshotting.concluded(run, answer, (snapshot, said) -> {
                            snapshots.taken(snapshot.id(), said);
                            return new Done<>("what the disks had is snapshot " + snapshot.name());
                        }));
        };
    }
}
