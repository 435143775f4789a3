package dev.yado.reconcile;

import dev.yado.event.EventPruning;
import dev.yado.operation.OperationPruning;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Removes what happened too long ago: events, and operations that have ended and are not the newest of their object. */
@Component
class PruneHistory implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(PruneHistory.class);

    private final EventPruning events;
    private final OperationPruning operations;

    PruneHistory(EventPruning events, OperationPruning operations) {
        this.events = events;
        this.operations = operations;
    }

    @Override
    public Duration period() {
        return Duration.ofMinutes(10);
    }

    @Override
    public void scan() {
        int old = events.prune();
        int ended = operations.prune();
        if (old + ended > 0) {
            LOG.info("pruned {} events and {} ended operations", old, ended);
        }
    }
}
