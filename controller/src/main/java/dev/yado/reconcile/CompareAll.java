package dev.yado.reconcile;

import dev.yado.drift.Drift;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Compares what is wanted, reported and real, and writes it into the drift ledger. */
@Component
class CompareAll implements Reconciler {
    private final Drift drift;

    CompareAll(Drift drift) {
        this.drift = drift;
    }

    @Override
    public Duration period() {
        return drift.settings().period();
    }

    @Override
    public void scan() {
        drift.compare();
    }
}
