package dev.yado.backup;

import dev.yado.api.generated.model.BackupConsistency;
import dev.yado.api.generated.model.BackupDisk;
import dev.yado.api.generated.model.BackupProgress;
import dev.yado.api.generated.model.BackupRestore;
import dev.yado.api.generated.model.BackupTake;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.vm.NewNicJson;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Backups between the API's words and ours. */
final class BackupJson {
    private BackupJson() {}

    static Backups.Asked asked(@Nullable BackupTake take) {
        return take == null
                ? Backups.Asked.DEFAULT
                : new Backups.Asked(take.getRepository(), take.getFreezeMillis(), take.getBandwidthMiBs());
    }

    static InPlace.Asked inPlace(BackupRestore restore) {
        boolean other = restore.getMode() != BackupRestore.ModeEnum.FULL || restore.getNics() != null;
        if (other) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "inPlace: takes no nics, and the mode full only: the VM stays what it is");
        }
        return new InPlace.Asked(
                restore.getName(),
                restore.getDisks() == null
                        ? null
                        : restore.getDisks().stream()
                                .map(DiskId::new)
                                .distinct()
                                .toList());
    }

    static Restores.Asked asked(BackupRestore restore) {
        if (restore.getName() == null || restore.getDisks() != null) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "name: a new VM needs one, and has all disks; disks go with inPlace only");
        }
        return new Restores.Asked(
                restore.getName(),
                switch (restore.getMode()) {
                    case FULL -> DiskOrigin.Mode.FULL;
                    case INSTANT -> DiskOrigin.Mode.INSTANT;
                },
                restore.getStart(),
                restore.getNics() == null ? null : NewNicJson.of(restore.getNics()));
    }

    static dev.yado.api.generated.model.Backup of(Backup backup) {
        BackupAnswer answer = backup.answer();
        BackupAnswer.Point point = answer == null ? null : answer.point();
        BackupAnswer.Result result = answer == null ? null : answer.result();
        dev.yado.api.generated.model.Backup json = new dev.yado.api.generated.model.Backup(
                        backup.id().value(),
                        backup.tenant().value(),
                        backup.vm().value(),
                        backup.vmName(),
                        dev.yado.api.generated.model.Backup.StateEnum.valueOf(
                                backup.state().name()),
                        backup.operation().value(),
                        backup.repository(),
                        backup.job().value(),
                        disks(backup),
                        backup.createdAt().atOffset(ZoneOffset.UTC))
                .stateReason(backup.reason())
                .scheduleId(backup.schedule() == null ? null : backup.schedule().value())
                .progress(progress(backup))
                .verifiedAt(time(backup.verifiedAt()))
                .provenAt(time(backup.provenAt()))
                .restoreSeconds(backup.restoreSeconds())
                .retainUntil(time(backup.retainUntil()))
                .endedAt(time(backup.endedAt()));
        if (point != null) {
            json.takenAt(time(point.takenAt()))
                    .consistency(BackupConsistency.valueOf(point.consistency().name()))
                    .consistencyReason(point.why())
                    .pauseMs(point.pauseMs())
                    .frozenMs(point.frozenMs());
        }
        return result == null
                ? json
                : json.sizeBytes(result.sizeBytes())
                        .readBytes(result.readBytes())
                        .storedBytes(result.storedBytes());
    }

    private static List<BackupDisk> disks(Backup backup) {
        BackupAnswer answer = backup.answer();
        Map<Object, BackupAnswer.DiskChanges> changes = answer == null
                ? Map.of()
                : answer.disks().stream()
                        .collect(Collectors.toMap(BackupAnswer.DiskChanges::disk, Function.identity(), (a, _) -> a));
        return backup.content().disks().stream()
                .map(disk -> {
                    BackupDisk json =
                            new BackupDisk(disk.id().value(), disk.size().value());
                    BackupAnswer.DiskChanges found = changes.get(disk.id());
                    return found == null
                            ? json
                            : json.changesFoundBy(BackupDisk.ChangesFoundByEnum.valueOf(
                                            found.found().name()))
                                    .reason(found.why())
                                    .changedBytes(found.changedBytes());
                })
                .toList();
    }

    private static @Nullable BackupProgress progress(Backup backup) {
        if (backup.state() != Backup.State.TAKING) {
            return null;
        }
        BackupAnswer answer = backup.answer();
        if (answer == null || answer.phase().over()) {
            return new BackupProgress(BackupProgress.PhaseEnum.PREPARING);
        }
        BackupProgress json = new BackupProgress(
                BackupProgress.PhaseEnum.valueOf(answer.phase().name()));
        BackupAnswer.Progress progress = answer.progress();
        return progress == null ? json : json.totalBytes(progress.totalBytes()).doneBytes(progress.doneBytes());
    }

    private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
