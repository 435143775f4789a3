package dev.yado.hook;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.BackupHooksApi;
import dev.yado.api.generated.model.BackupHook;
import dev.yado.api.generated.model.BackupHookCall;
import dev.yado.api.generated.model.BackupHookCall.StateEnum;
import dev.yado.api.generated.model.BackupHookCallPage;
import dev.yado.api.generated.model.BackupHookSet;
import dev.yado.backup.ScheduleId;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class BackupHooksController implements BackupHooksApi {
    private final Hooks hooks;
    private final CurrentCaller caller;

    BackupHooksController(Hooks hooks, CurrentCaller caller) {
        this.hooks = hooks;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<BackupHook> putBackupHook(UUID scheduleId, BackupHookSet asked) {
        return ResponseEntity.ok(
                json(hooks.put(caller.get(), new ScheduleId(scheduleId), asked.getUrl(), asked.getSecret())));
    }

    @Override
    public ResponseEntity<BackupHook> getBackupHook(UUID scheduleId) {
        return ResponseEntity.ok(json(hooks.get(caller.get(), new ScheduleId(scheduleId))));
    }

    @Override
    public ResponseEntity<Void> deleteBackupHook(UUID scheduleId) {
        hooks.delete(caller.get(), new ScheduleId(scheduleId));
        return ResponseEntity.noContent().build();
    }

    @Override
    public ResponseEntity<BackupHookCallPage> listBackupHookCalls(
            UUID scheduleId, Integer limit, @Nullable String cursor) {
        Page<BackupHookCall> page = hooks.calls(
                        caller.get(),
                        new ScheduleId(scheduleId),
                        PageRequest.of("backup-hook-calls " + scheduleId, limit, cursor))
                .map(BackupHooksController::json);
        return ResponseEntity.ok(new BackupHookCallPage(page.items()).nextCursor(page.nextCursor()));
    }

    private static BackupHook json(Hook hook) {
        return new BackupHook(
                hook.schedule().value(), hook.url().toString(), hook.changedAt().atOffset(ZoneOffset.UTC));
    }

    private static BackupHookCall json(Hook.Call call) {
        return new BackupHookCall(
                        call.id(),
                        call.backup().value(),
                        StateEnum.valueOf(call.state().name()),
                        call.attempts(),
                        call.createdAt().atOffset(ZoneOffset.UTC))
                .trouble(call.trouble())
                .nextAt(call.state() == Hook.CallState.DUE ? call.dueAt().atOffset(ZoneOffset.UTC) : null)
                .endedAt(call.endedAt() == null ? null : call.endedAt().atOffset(ZoneOffset.UTC));
    }
}
