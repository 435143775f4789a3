package dev.yado.operation;

import java.time.Duration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Part of readiness: this replica takes up operations that are due. */
@Component
final class OperationsHealthIndicator implements HealthIndicator {
    private static final Duration LONGEST_TURN = Duration.ofSeconds(10);

    private final OperationDispatcher dispatcher;

    OperationsHealthIndicator(OperationDispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    @Override
    public Health health() {
        Duration since = dispatcher.sinceTurn();
        boolean claiming = dispatcher.isRunning() && dispatcher.claims() && since.compareTo(LONGEST_TURN) < 0;
        return (claiming ? Health.up() : Health.outOfService())
                .withDetail("looked for due operations", since.toMillis() + " ms ago")
                .withDetail("running", dispatcher.isRunning())
                .withDetail("database answers", dispatcher.claims())
                .build();
    }
}
