package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Cancellation;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Done;
import dev.yado.protocol.SnapshotId;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.snapshot.Snapshots;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Has the host that a VM is on take a snapshot of its disks. */
@Component
class SnapshotVm extends SnapshotFlow<SnapshotVm.Steps> {
    private final SnapshotRecords snapshots;

    SnapshotVm(Snapshotting snapshotting, SnapshotRecords snapshots) {
        super(Snapshots.TAKE, Steps.class, Deadlines.HOST_ANSWER, snapshotting);
        this.snapshots = snapshots;
    }

    enum Steps {
        TAKE
    }

    @Override
    public Cancellation cancellation() {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                snapshots.lock(new SnapshotId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                return new Outlook("FAILED", "nothing of it stays on the host; the VM goes on");
            }
        };
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case TAKE ->
                Step.<Steps, Snapshotting.Answer>hostCall(
                                "the host keeps what the disks have at one instant",
                                deadline(),
                                CancelPoint.NOW,
                                snapshotting::take,
                                (run, answer) -> snapshotting.concluded(run, answer, (snapshot, said) -> {
                                    snapshots.taken(snapshot.id(), said);
                                    run.gave("takenAt", String.valueOf(said.takenAt()));
                                    return new Done<>("it shows " + said.takenAt());
                                }))
                        .undoneBy(snapshotting.untaken());
        };
    }
}
