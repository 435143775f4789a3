package dev.yado.backup;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param grace how long after its turn a backup may take before it is overdue
 * @param proveEvery between the begins of two samples; zero: nothing is proven
 * @param provePatience how long a sample's guest may take to give a sign of life
 */
@ConfigurationProperties("yado.backups")
record BackupSettings(
        @DefaultValue("2h") Duration grace,
        @DefaultValue("1h") Duration proveEvery,
        @DefaultValue("20m") Duration provePatience) {}
