package dev.yado.reconcile;

import dev.yado.alert.Alerts;
import dev.yado.drift.Drift;
import dev.yado.event.EventPruning;
import dev.yado.hook.HookCalls;
import dev.yado.migration.Migrations;
import dev.yado.operation.OperationPruning;
import dev.yado.vm.Disruptions;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Removes what happened too long ago: events, alerts that are over, moves, disruptions, and operations that have ended and are not the newest of their object. */
@Component
class PruneHistory implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(PruneHistory.class);

    private final EventPruning events;
    private final OperationPruning operations;
    private final Alerts alerts;
    private final Drift drift;
    private final Disruptions disruptions;
    private final Migrations migrations;
    private final HookCalls hooks;
    private final WatchSettings settings;

    PruneHistory(
            EventPruning events,
            OperationPruning operations,
            Alerts alerts,
            Drift drift,
            Disruptions disruptions,
            Migrations migrations,
            HookCalls hooks,
            WatchSettings settings) {
        this.migrations = migrations;
        this.hooks = hooks;
        this.disruptions = disruptions;
        this.events = events;
        this.operations = operations;
        this.alerts = alerts;
        this.drift = drift;
        this.settings = settings;
    }

    @Override
    public Duration period() {
        return Duration.ofMinutes(10);
    }

    @Override
    public void scan() {
        int old = events.prune();
        int ended = operations.prune();
        int over = alerts.prune(settings.keepAlerts());
        int healed = drift.prune(settings.keepAlerts());
        int disrupted = disruptions.prune();
        int moved = migrations.prune();
        int told = hooks.prune();
        if (old + ended + over + healed + disrupted + moved + told > 0) {
            LOG.info(
                    "pruned {} events, {} ended operations, {} alerts that are over, {} drifts that are healed, {} disruptions, {} moves and {} calls of hooks",
                    old,
                    ended,
                    over,
                    healed,
                    disrupted,
                    moved,
                    told);
        }
    }
}
