package dev.yado.backup;

import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.BackupSchedulesApi;
import dev.yado.api.generated.model.BackupSchedule;
import dev.yado.api.generated.model.BackupSchedulePage;
import dev.yado.api.generated.model.BackupScheduleSet;
import java.net.URI;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class BackupSchedulesController implements BackupSchedulesApi {
    private final Schedules schedules;
    private final CurrentCaller caller;

    BackupSchedulesController(Schedules schedules, CurrentCaller caller) {
        this.schedules = schedules;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<BackupSchedule> createBackupSchedule(BackupScheduleSet asked) {
        Schedule made = schedules.create(caller.get(), ScheduleJson.wanted(asked));
        return ResponseEntity.created(URI.create("/v1/backup-schedules/" + made.id()))
                .eTag(made.etag().text())
                .body(ScheduleJson.of(made, Instant.now()));
    }

    @Override
    public ResponseEntity<BackupSchedulePage> listBackupSchedules(Integer limit, @Nullable String cursor) {
        Instant now = Instant.now();
        Page<BackupSchedule> page = schedules
                .list(caller.get(), PageRequest.of("backup-schedules", limit, cursor))
                .map(schedule -> ScheduleJson.of(schedule, now));
        return ResponseEntity.ok(new BackupSchedulePage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<BackupSchedule> getBackupSchedule(UUID scheduleId) {
        return ok(schedules.get(caller.get(), new ScheduleId(scheduleId)));
    }

    @Override
    public ResponseEntity<BackupSchedule> replaceBackupSchedule(
            UUID scheduleId, BackupScheduleSet asked, @Nullable String ifMatch) {
        return ok(schedules.replace(
                caller.get(), new ScheduleId(scheduleId), ScheduleJson.wanted(asked), new IfMatch(ifMatch)));
    }

    private static ResponseEntity<BackupSchedule> ok(Schedule schedule) {
        return ResponseEntity.ok().eTag(schedule.etag().text()).body(ScheduleJson.of(schedule, Instant.now()));
    }

    @Override
    public ResponseEntity<Void> deleteBackupSchedule(UUID scheduleId, @Nullable String ifMatch) {
        schedules.delete(caller.get(), new ScheduleId(scheduleId), new IfMatch(ifMatch));
        return ResponseEntity.noContent().build();
    }
}
