package dev.yado.reconcile;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.host.Fleet;
import dev.yado.migration.Conclusion;
import dev.yado.migration.Conclusion.Progress;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.Operations;
import dev.yado.protocol.CallFence;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Brings moves to their end that no open operation carries there: overtaken ones, and what is left on hosts that were away. While it is
 * not known whose a VM is there is an alert.
 */
@Component
class ConcludeMigrations implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(ConcludeMigrations.class);

    private final Migrations migrations;
    private final Conclusion conclusion;
    private final Operations operations;
    private final Alerts alerts;

    ConcludeMigrations(Migrations migrations, Conclusion conclusion, Operations operations, Alerts alerts) {
        this.migrations = migrations;
        this.conclusion = conclusion;
        this.operations = operations;
        this.alerts = alerts;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(1);
    }

    @Override
    public void scan() {
        Map<Subject, String> undecided = new LinkedHashMap<>();
        migrations
                .inDoubt()
                .forEach(
                        migration -> undecided.put(
                                Subject.of(migration.vm()),
                                "its move to host " + migration.to()
                                        + " is in doubt: the source has let go of it and has not heard whether it has arrived"));
        for (Migration migration : migrations.abandoned()) {
            conclude(migration, undecided);
        }
        alerts.holds(AlertCode.MIGRATION_UNDECIDED, undecided);
    }

    private void conclude(Migration migration, Map<Subject, String> undecided) {
        // As if it were the operation's last call: what its dead runners still have under way is older.
        CallFence fence = new CallFence(migration.operation(), "conclude", Long.MAX_VALUE);
        Progress progress = conclusion.carryOn(migration, fence);
        switch (progress) {
            case Progress.Undecided(String reason) -> undecided.put(Subject.of(migration.vm()), reason);
            case Progress.Leftover(String reason) ->
                LOG.debug("move {} of VM {}: {}", migration.id(), migration.vm(), reason);
            case Progress.Decided _, Progress.Ended _ -> {
                LOG.info("move {} of VM {} has come to its end: {}", migration.id(), migration.vm(), progress);
                operations.wakeTopic(Fleet.CAPACITY);
            }
        }
        if (!(progress instanceof Progress.Undecided)) {
            operations.wake(List.of(migration.vm().value()));
        }
    }
}
