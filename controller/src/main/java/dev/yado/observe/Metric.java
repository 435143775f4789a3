package dev.yado.observe;

import java.util.List;

/** Every metric of the controller that is not the framework's. Prometheus writes the dots as underscores and adds the unit. */
public enum Metric {
    OPERATIONS(Type.COUNTER, "yado.operations", "Operations that have ended here", "kind", "outcome"),
    OPERATION_DURATION(Type.TIMER, "yado.operation.duration", "From the call to the end", "kind", "outcome"),
    STEP_DURATION(Type.TIMER, "yado.step.duration", "One run of a step, without its waits", "kind", "step"),
    STEP_RETRIES(Type.COUNTER, "yado.step.retries", "Runs of a step that failed and are tried again", "kind", "step"),
    OPEN_OPERATIONS(Type.GAUGE, "yado.operations.open", "Operations that have not ended", "status"),
    OVERDUE_OPERATIONS(Type.GAUGE, "yado.operations.overdue", "Open operations past the deadline of the whole"),
    QUEUE_AGE(Type.SECONDS, "yado.operation.queue.age", "How long the oldest due operation waits for a runner"),
    REPORTS(Type.COUNTER, "yado.reports", "Reports of hosts", "result"),
    REPORTS_STALE(Type.COUNTER, "yado.reports.stale", "Of the taken reports those that were too old to say anything"),
    REPORT_DURATION(Type.TIMER, "yado.report.duration", "From the receipt of a report to its commit"),
    HOSTS(Type.GAUGE, "yado.hosts", "Hosts", "state"),
    HOST_SILENCE(Type.SECONDS, "yado.host.silence", "Since the last report of the most silent host", "state"),
    VMS(Type.GAUGE, "yado.vms", "VMs by what is wanted and what their host has reported last", "desired", "observed"),
    RECONCILER_DURATION(Type.TIMER, "yado.reconciler.duration", "One scan", "reconciler", "outcome"),
    BACKUP_COVERAGE(
            Type.GAUGE, "yado.backup.coverage", "VMs by whether their backups are as their schedules say", "state"),
    CONTROLLER_BACKUP_AGE(Type.SECONDS, "yado.controller.backup.age", "Of the controllers' newest own backup"),
    ALERTS(Type.GAUGE, "yado.alerts", "Open alerts", "code", "severity"),
    MEASURED(Type.SECONDS, "yado.gauges.measured", "When the gauges from the database were last read, Unix time");

    enum Type {
        COUNTER,
        /** A duration, with a histogram. */
        TIMER,
        GAUGE,
        /** A gauge in seconds. */
        SECONDS
    }

    private final Type type;
    private final String word;
    private final String help;
    private final List<String> tags;

    Metric(Type type, String word, String help, String... tags) {
        this.type = type;
        this.word = word;
        this.help = help;
        this.tags = List.of(tags);
    }

    Type type() {
        return type;
    }

    String word() {
        return word;
    }

    String help() {
        return help;
    }

    List<String> tags() {
        return tags;
    }
}
