package dev.yado.maintenance;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param movesOut moves at a time from one host, where its link is not full before
 * @param movesIn moves at a time to one host
 * @param assumedMibs what a link gives, in MiB/s, as long as no move has been measured
 * @param attempts moves of one guest that are begun in one drain
 * @param retry before a guest is looked at again that cannot move
 */
@ConfigurationProperties("yado.maintenance")
record MaintenanceSettings(
        @DefaultValue("4") int movesOut,
        @DefaultValue("2") int movesIn,
        @DefaultValue("100") int assumedMibs,
        @DefaultValue("3") int attempts,
        @DefaultValue("10s") Duration retry) {}
