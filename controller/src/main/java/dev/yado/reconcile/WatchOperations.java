package dev.yado.reconcile;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.operation.OperationTroubles;
import dev.yado.operation.OperationTroubles.Kind;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Alerts about operations that miss a deadline, that nobody takes, that wait long, or that nobody knows any more. */
@Component
class WatchOperations implements Reconciler {
    private final OperationTroubles troubles;
    private final Alerts alerts;
    private final WatchSettings settings;

    WatchOperations(OperationTroubles troubles, Alerts alerts, WatchSettings settings) {
        this.troubles = troubles;
        this.alerts = alerts;
        this.settings = settings;
    }

    @Override
    public Duration period() {
        return settings.period();
    }

    @Override
    public void scan() {
        for (Kind kind : Kind.values()) {
            Map<Subject, String> found = new LinkedHashMap<>();
            troubles.find(kind, settings.overdue(), settings.longWait())
                    .forEach(trouble -> found.put(Subject.of(trouble.operation()), trouble.detail()));
            alerts.holds(code(kind), found);
        }
    }

    private static AlertCode code(Kind kind) {
        return switch (kind) {
            case PAST_DEADLINE -> AlertCode.OPERATION_PAST_DEADLINE;
            case UNCLAIMED -> AlertCode.OPERATION_UNCLAIMED;
            case WAITS_LONG -> AlertCode.OPERATION_WAITS_LONG;
            case VERSION_UNKNOWN -> AlertCode.OPERATION_VERSION_UNKNOWN;
        };
    }
}
