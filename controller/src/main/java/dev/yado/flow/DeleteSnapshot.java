package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.protocol.SnapshotId;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.snapshot.Snapshots;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Has the host that a VM is on keep nothing for a snapshot any more, then removes its row. The VM goes on, other snapshots stay. */
@Component
class DeleteSnapshot extends SnapshotFlow<DeleteSnapshot.Steps> {
    private final SnapshotRecords snapshots;

    DeleteSnapshot(Snapshotting snapshotting, SnapshotRecords snapshots) {
        super(Snapshots.DELETE, Steps.class, Duration.ofHours(24), snapshotting);
        this.snapshots = snapshots;
    }

    enum Steps {
        FLATTEN,
        REMOVE
    }

    @Override
    public Cancellation cancellation() {
        return snapshotting.untilItsHostIsTold("AVAILABLE", "it stays what it was");
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case FLATTEN ->
                Step.<Steps, Snapshotting.Answer>hostCall(
                        "the host gives what stands on the snapshot what it has of it",
                        deadline(),
                        CancelPoint.NO_RETURN,
                        snapshotting::delete,
                        (run, answer) -> snapshotting.concluded(
                                run, answer, (_, _) -> new Advance<>(Steps.REMOVE, "the host has done it")));
            case REMOVE ->
                Step.transaction("nothing of it is known any more", Deadlines.AT_ONCE, CancelPoint.NO_RETURN, run -> {
                    snapshots.remove(new SnapshotId(run.target()));
                    return new Done<>();
                });
        };
    }
}
