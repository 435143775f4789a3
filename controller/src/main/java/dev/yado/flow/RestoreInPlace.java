package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Done;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.snapshot.Snapshots;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Gives the disks of a stopped VM what a backup has. What they had is a snapshot, so that it can be undone. */
@Component
class RestoreInPlace extends SnapshotFlow<RestoreInPlace.Steps> {
    private final SnapshotRecords snapshots;

    RestoreInPlace(Snapshotting snapshotting, SnapshotRecords snapshots) {
        super(Snapshots.RESTORE, Steps.class, Duration.ofHours(24), snapshotting);
        this.snapshots = snapshots;
    }

    enum Steps {
        RESTORE
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
