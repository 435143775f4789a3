package dev.yado.snapshot;

import dev.yado.api.generated.model.BackupConsistency;
import dev.yado.api.generated.model.SnapshotClone;
import dev.yado.api.generated.model.SnapshotTake;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.vm.NewNicJson;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Snapshots between the API's words and ours. */
final class SnapshotJson {
    private SnapshotJson() {}

    static Snapshots.Asked asked(@Nullable SnapshotTake take) {
        if (take == null) {
            return Snapshots.Asked.DEFAULT;
        }
        return new Snapshots.Asked(
                take.getName(),
                take.getDisks() == null
                        ? null
                        : take.getDisks().stream().map(DiskId::new).distinct().toList());
    }

    static Clones.Asked asked(SnapshotClone clone) {
        return new Clones.Asked(
                clone.getName(), clone.getStart(), clone.getNics() == null ? null : NewNicJson.of(clone.getNics()));
    }

    static dev.yado.api.generated.model.Snapshot of(Snapshot snapshot) {
        SnapshotAnswer answer = snapshot.answer();
        SnapshotAnswer.Progress progress = answer == null || !snapshot.state().open() ? null : answer.progress();
        return new dev.yado.api.generated.model.Snapshot(
                        snapshot.id().value(),
                        snapshot.tenant().value(),
                        snapshot.vm().value(),
                        snapshot.name(),
                        dev.yado.api.generated.model.Snapshot.StateEnum.valueOf(
                                snapshot.state().name()),
                        snapshot.operation().value(),
                        snapshot.disks().stream().map(DiskId::value).toList(),
                        snapshot.createdAt().atOffset(ZoneOffset.UTC))
                .stateReason(snapshot.reason())
                .takenAt(snapshot.takenAt() == null ? null : snapshot.takenAt().atOffset(ZoneOffset.UTC))
                .pauseMs(snapshot.pauseMs())
                .consistency(
                        snapshot.consistency() == null
                                ? null
                                : BackupConsistency.valueOf(
                                        snapshot.consistency().name()))
                .consistencyReason(snapshot.consistencyReason())
                .progress(
                        progress == null
                                ? null
                                : new dev.yado.api.generated.model.SnapshotProgress(
                                        progress.totalBytes(), progress.doneBytes()));
    }
}
