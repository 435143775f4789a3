package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.backup.Retention.Candidate;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/**
 * Deletes what its schedule keeps no longer. Of a VM the newest that is whole stays, whoever has begun it, and so does what a VM is made
 * from, and what its repository keeps. What was begun by hand, or by a schedule that is gone, stays until somebody deletes it.
 */
@Service
public class Keeping {
    private static final Logger LOG = LoggerFactory.getLogger(Keeping.class);
    private static final Duration FAILED_FOR = Duration.ofDays(30);

    private final BackupRows rows;
    private final ScheduleRows schedules;
    private final Backups backups;

    Keeping(BackupRows rows, ScheduleRows schedules, Backups backups) {
        this.rows = rows;
        this.schedules = schedules;
        this.backups = backups;
    }

    /** One look at all that is there. */
    public void prune() {
        schedules.find("retention IS NOT NULL ORDER BY id").forEach(this::prune);
        rows.pruneFailed(FAILED_FOR);
    }

    private void prune(Schedule schedule) {
        Retention retention = schedule.wanted().retention();
        if (retention == null) {
            return;
        }
        Map<VmId, List<Backup>> byVm = new HashMap<>();
        rows.find(
                        "schedule_id = ? AND state = 'AVAILABLE' ORDER BY id",
                        schedule.id().value())
                .forEach(backup -> byVm.computeIfAbsent(backup.vm(), _ -> new ArrayList<>())
                        .add(backup));
        byVm.values().forEach(ofVm -> {
            Set<BackupId> kept = retention.kept(
                    ofVm.stream().map(Keeping::candidate).toList(),
                    schedule.wanted().spread().timetable().zone());
            ofVm.stream()
                    .filter(backup -> !kept.contains(backup.id()) && !isRetained(backup))
                    .forEach(backup -> delete(schedule, backup));
        });
    }

    private static boolean isRetained(Backup backup) {
        Instant until = backup.retainUntil();
        return until != null && Instant.now().isBefore(until);
    }

    static Candidate candidate(Backup backup) {
        BackupAnswer answer = backup.answer();
        BackupAnswer.Point point = answer == null ? null : answer.point();
        Instant taken = point == null ? backup.createdAt() : point.takenAt();
        return new Candidate(backup.id(), taken, backup.provenAt() != null);
    }

    private void delete(Schedule schedule, Backup backup) {
        try {
            backups.delete(new Caller.Administrator(null), backup.id(), IfMatch.ANY);
            LOG.info(
                    "backup {} of VM {} is not kept any longer by schedule {}",
                    backup.id(),
                    backup.vm(),
                    schedule.wanted().name());
        } catch (YadoException e) {
            if (e.code() != ErrorCode.IN_USE && e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
        }
    }
}
