package dev.yado.reconcile;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.host.Claims;
import dev.yado.host.Fleet;
import dev.yado.migration.Conclusion;
import dev.yado.migration.Conclusion.Progress;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.Operations;
import dev.yado.protocol.CallFence;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
    private final Claims claims;
    private final Operations operations;
    private final Alerts alerts;

    ConcludeMigrations(
            Migrations migrations, Conclusion conclusion, Claims claims, Operations operations, Alerts alerts) {
        this.claims = claims;
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
        Map<Subject, String> undecided = new ConcurrentHashMap<>();
        migrations
                .inDoubt()
                .forEach(
                        migration -> undecided.put(
                                Subject.of(migration.vm()),
                                "its move to host " + migration.to()
                                        + " is in doubt: the source has let go of it and has not heard whether it has arrived"));
        // A host that is away keeps nobody waiting for the others.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            migrations.abandoned().stream()
                    .filter(this::isDue)
                    .forEach(migration -> threads.execute(() -> conclude(migration, undecided)));
        }
        alerts.holds(AlertCode.MIGRATION_UNDECIDED, undecided);
    }

    /** What a silent host still holds is asked for when it is back. */
    private boolean isDue(Migration migration) {
        return switch (migration.state()) {
            case OPEN -> true;
            case ARRIVED -> claims.party(migration.from()).alive();
            case ABORTED -> claims.party(migration.to()).alive();
            case ENDED -> false;
        };
    }

    private void conclude(Migration migration, Map<Subject, String> undecided) {
        // As if it were the operation's last call: what its dead runners still have under way is older.
        CallFence fence = new CallFence(migration.operation(), "conclude", Long.MAX_VALUE);
        Progress progress;
        try {
            progress = conclusion.carryOn(migration, fence);
        } catch (RuntimeException e) {
            LOG.warn("move {} of VM {} cannot be concluded now", migration.id(), migration.vm(), e);
            return;
        }
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
