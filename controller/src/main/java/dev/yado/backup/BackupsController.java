package dev.yado.backup;

import dev.yado.api.Caller;
import dev.yado.api.CurrentCaller;
import dev.yado.api.IfMatch;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.BackupsApi;
import dev.yado.api.generated.model.BackupCoverage;
import dev.yado.api.generated.model.BackupCoveragePage;
import dev.yado.api.generated.model.BackupPage;
import dev.yado.api.generated.model.BackupRestore;
import dev.yado.api.generated.model.BackupTake;
import dev.yado.api.generated.model.Operation;
import dev.yado.api.generated.model.Plan;
import dev.yado.operation.OperationJson;
import dev.yado.operation.Operations;
import dev.yado.operation.PlanJson;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class BackupsController implements BackupsApi {
    private final Backups backups;
    private final BackupPlans plans;
    private final Restores restores;
    private final InPlace inPlace;
    private final Coverage coverage;
    private final Operations operations;
    private final CurrentCaller caller;

    BackupsController(
            Backups backups,
            BackupPlans plans,
            Restores restores,
            InPlace inPlace,
            Coverage coverage,
            Operations operations,
            CurrentCaller caller) {
        this.restores = restores;
        this.inPlace = inPlace;
        this.coverage = coverage;
        this.backups = backups;
        this.plans = plans;
        this.operations = operations;
        this.caller = caller;
    }

    @Override
    @SuppressWarnings("unchecked") // The contract has two answers; the generated interface knows only the first.
    public ResponseEntity<Plan> takeBackup(
            UUID vmId,
            @Nullable String dryRun,
            @Nullable String plan,
            @Nullable String ifMatch,
            @Nullable BackupTake take) {
        Caller who = caller.get();
        VmId vm = new VmId(vmId);
        Backups.Asked asked = BackupJson.asked(take);
        IfMatch version = new IfMatch(ifMatch);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(plans.ofTake(who, vm, asked, version));
        }
        ResponseEntity<?> answer = accepted(plans.take(who, vm, asked, version, plan));
        return (ResponseEntity<Plan>) answer;
    }

    @Override
    public ResponseEntity<BackupPage> listBackups(Integer limit, @Nullable String cursor, @Nullable UUID vmId) {
        Page<dev.yado.api.generated.model.Backup> page = backups.list(
                        caller.get(), PageRequest.of("backups", limit, cursor), vmId == null ? null : new VmId(vmId))
                .map(BackupJson::of);
        return ResponseEntity.ok(new BackupPage(page.items()).nextCursor(page.nextCursor()));
    }

    @Override
    public ResponseEntity<dev.yado.api.generated.model.Backup> getBackup(UUID backupId) {
        Backup backup = backups.get(caller.get(), new BackupId(backupId));
        return ResponseEntity.ok().eTag(backup.etag().text()).body(BackupJson.of(backup));
    }

    @Override
    public ResponseEntity<Operation> deleteBackup(UUID backupId, @Nullable String ifMatch) {
        return accepted(backups.delete(caller.get(), new BackupId(backupId), new IfMatch(ifMatch)));
    }

    @Override
    @SuppressWarnings("unchecked") // As above.
    public ResponseEntity<Plan> restoreBackup(
            UUID backupId, BackupRestore restore, @Nullable String dryRun, @Nullable String plan) {
        Caller who = caller.get();
        BackupId id = new BackupId(backupId);
        if (restore.getInPlace()) {
            InPlace.Asked asked = BackupJson.inPlace(restore);
            if (PlanJson.isPlanOnly(dryRun)) {
                return ResponseEntity.ok(inPlace.plan(who, id, asked));
            }
            ResponseEntity<?> answer = accepted(inPlace.restore(who, id, asked, plan));
            return (ResponseEntity<Plan>) answer;
        }
        Restores.Asked asked = BackupJson.asked(restore);
        if (PlanJson.isPlanOnly(dryRun)) {
            return ResponseEntity.ok(restores.plan(who, id, asked));
        }
        ResponseEntity<?> answer = accepted(restores.restore(who, id, asked, plan));
        return (ResponseEntity<Plan>) answer;
    }

    @Override
    public ResponseEntity<BackupCoveragePage> listBackupCoverage(Integer limit, @Nullable String cursor) {
        Page<BackupCoverage> page = coverage.list(caller.get(), PageRequest.of("backup-coverage", limit, cursor))
                .map(ScheduleJson::of);
        return ResponseEntity.ok(new BackupCoveragePage(page.items()).nextCursor(page.nextCursor()));
    }

    private ResponseEntity<Operation> accepted(OperationId id) {
        return ResponseEntity.accepted()
                .location(URI.create("/v1/operations/" + id))
                .body(OperationJson.of(
                        operations.find(id).orElseThrow(), caller.get().isAdministrator()));
    }
}
