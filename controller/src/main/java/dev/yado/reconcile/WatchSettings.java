package dev.yado.reconcile;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param period between two looks at all open operations
 * @param overdue how long a runner may be late before there is an alert
 * @param longWait how long a step may wait before there is an alert
 * @param keepAlerts how long an alert that is over can be read
 */
@ConfigurationProperties("yado.operations.watch")
record WatchSettings(
        @DefaultValue("15s") Duration period,
        @DefaultValue("1m") Duration overdue,
        @DefaultValue("15m") Duration longWait,
        @DefaultValue("30d") Duration keepAlerts) {}
