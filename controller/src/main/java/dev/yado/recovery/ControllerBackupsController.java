package dev.yado.recovery;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.ControllerBackupsApi;
import dev.yado.api.generated.model.ControllerBackup.StateEnum;
import dev.yado.api.generated.model.ControllerBackupPage;
import java.net.URI;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ControllerBackupsController implements ControllerBackupsApi {
    private final ControllerBackups backups;
    private final CurrentCaller caller;

    ControllerBackupsController(ControllerBackups backups, CurrentCaller caller) {
        this.backups = backups;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.ControllerBackup> takeControllerBackup() {
        ControllerBackup backup = backups.ask(caller.get());
        return ResponseEntity.accepted()
                .location(URI.create("/v1/controller-backups/" + backup.id()))
                .body(json(backup));
    }

    @Override
    public ResponseEntity<ControllerBackupPage> listControllerBackups(Integer limit, @Nullable String cursor) {
        Page<dev.yado.api.generated.model.ControllerBackup> page = backups.list(
                        caller.get(), PageRequest.of("controller-backups", limit, cursor))
                .map(ControllerBackupsController::json);
        return ResponseEntity.ok(new ControllerBackupPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.ControllerBackup> getControllerBackup(UUID controllerBackupId) {
        return ResponseEntity.ok(json(backups.get(caller.get(), controllerBackupId)));
    }

    private static dev.yado.api.generated.model.ControllerBackup json(ControllerBackup backup) {
        return new dev.yado.api.generated.model.ControllerBackup(
                        backup.id().value(),
                        StateEnum.valueOf(backup.state().name()),
                        backup.askedAt().atOffset(ZoneOffset.UTC))
                .stateReason(backup.reason())
                .takenAt(time(backup.takenAt()))
                .endedAt(time(backup.endedAt()))
                .keyName(backup.keyName())
                .readBytes(backup.readBytes())
                .storedBytes(backup.storedBytes());
    }

    private static @Nullable OffsetDateTime time(@Nullable Instant at) {
        return at == null ? null : at.atOffset(ZoneOffset.UTC);
    }
}
