package dev.yado.reconcile;

import dev.yado.drift.Drift;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Asks the queries that never return a row. One that does is a bug: it becomes an entry of the drift ledger and an alert. */
@Component
class CheckInvariants implements Reconciler {
    private final Drift drift;

    CheckInvariants(Drift drift) {
        this.drift = drift;
    }

    @Override
    public Duration period() {
        return Duration.ofMinutes(1);
    }

    @Override
    public void scan() {
        drift.checkInvariants();
    }
}
