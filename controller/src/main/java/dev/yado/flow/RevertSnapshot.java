package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Done;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.snapshot.Snapshots;
import org.springframework.stereotype.Component;

/** Gives the disks of a stopped VM what they had when a snapshot was taken. */
@Component
class RevertSnapshot extends SnapshotFlow<RevertSnapshot.Steps> {
    private final SnapshotRecords snapshots;

    RevertSnapshot(Snapshotting snapshotting, SnapshotRecords snapshots) {
        super(Snapshots.REVERT, Steps.class, Deadlines.HOST_ANSWER, snapshotting);
        this.snapshots = snapshots;
    }

    enum Steps {
        REVERT
    }

    @Override
    public Cancellation cancellation() {
        return snapshotting.untilItsHostIsTold("AVAILABLE", "the disks of the VM stay as they are");
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case REVERT ->
                Step.<Steps, Snapshotting.Answer>hostCall(
                        "the host gives the disks what they had then",
                        deadline(),
                        CancelPoint.NO_RETURN,
                        snapshotting::revert,
                        (run, answer) -> snapshotting.concluded(run, answer, (snapshot, _) -> {
                            snapshots.reverted(snapshot.id());
                            return new Done<>("the disks have what they had at " + snapshot.takenAt());
                        }));
        };
    }
}
