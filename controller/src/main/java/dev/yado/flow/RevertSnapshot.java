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

/** Gives the disks of a stopped VM what they had when a snapshot was taken. */
@Component
class RevertSnapshot implements Flow<RevertSnapshot.Steps> {
    private final Snapshotting snapshotting;
    private final SnapshotRecords snapshots;

    RevertSnapshot(Snapshotting snapshotting, SnapshotRecords snapshots) {
        this.snapshotting = snapshotting;
        this.snapshots = snapshots;
    }

    enum Steps {
        REVERT
    }

    @Override
    public String kind() {
        return Snapshots.REVERT;
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
        return Deadlines.HOST_ANSWER;
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
