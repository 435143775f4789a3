package dev.yado.alert;

import dev.yado.api.CurrentCaller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.api.generated.AlertsApi;
import dev.yado.api.generated.model.Alert.SeverityEnum;
import dev.yado.api.generated.model.AlertPage;
import java.time.ZoneOffset;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class AlertsController implements AlertsApi {
    private final Alerts alerts;
    private final CurrentCaller caller;

    AlertsController(Alerts alerts, CurrentCaller caller) {
        this.alerts = alerts;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<AlertPage> listAlerts(Integer limit, @Nullable String cursor, Boolean ended) {
        // A cursor of the open ones would skip some of all.
        PageRequest request = PageRequest.of(ended ? "all-alerts" : "alerts", limit, cursor);
        Page<dev.yado.api.generated.model.Alert> page =
                alerts.list(caller.get(), request, ended).map(AlertsController::json);
        return ResponseEntity.ok(new AlertPage(page.items()).nextCursor(page.nextCursor()));
    }

    private static dev.yado.api.generated.model.Alert json(Alert alert) {
        dev.yado.api.generated.model.Alert json = new dev.yado.api.generated.model.Alert(
                        alert.id(),
                        alert.code(),
                        SeverityEnum.valueOf(alert.severity().name()),
                        alert.subject().kind(),
                        alert.subject().id(),
                        alert.detail(),
                        alert.since().atOffset(ZoneOffset.UTC))
                .endedAt(alert.endedAt() == null ? null : alert.endedAt().atOffset(ZoneOffset.UTC));
        Arrays.stream(AlertCode.values())
                .filter(code -> code.name().equals(alert.code()))
                .findFirst()
                .ifPresent(code -> json.whatToDo(code.whatToDo()));
        return json;
    }
}
