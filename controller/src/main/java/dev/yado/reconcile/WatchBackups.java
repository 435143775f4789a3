package dev.yado.reconcile;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.backup.Coverage;
import dev.yado.backup.Covered;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Alerts about VMs whose backups are overdue, and counts of how VMs are covered. */
@Component
class WatchBackups implements Reconciler {
    private final Coverage coverage;
    private final Alerts alerts;
    private final WatchSettings settings;

    WatchBackups(Coverage coverage, Alerts alerts, WatchSettings settings) {
        this.coverage = coverage;
        this.alerts = alerts;
        this.settings = settings;
    }

    @Override
    public Duration period() {
        return settings.period();
    }

    @Override
    public void scan() {
        Map<Subject, String> overdue = new LinkedHashMap<>();
        Map<Covered.State, Long> counts = new EnumMap<>(Covered.State.class);
        coverage.each(covered -> {
            counts.merge(covered.state(), 1L, Long::sum);
            if (covered.state() == Covered.State.OVERDUE) {
                overdue.put(Subject.of(covered.vm()), detail(covered));
            }
        });
        alerts.holds(AlertCode.BACKUP_OVERDUE, overdue);
        for (Covered.State state : Covered.State.values()) {
            Measure.set(Metric.BACKUP_COVERAGE, counts.getOrDefault(state, 0L), state.name());
        }
    }

    private static String detail(Covered covered) {
        String last =
                covered.lastTaken() == null ? "there is none" : "the newest that is whole is of " + covered.lastTaken();
        return "VM " + covered.name() + " should have been backed up at " + covered.overdueSince() + "; " + last
                + (covered.trouble() == null ? "" : "; " + covered.trouble());
    }
}
