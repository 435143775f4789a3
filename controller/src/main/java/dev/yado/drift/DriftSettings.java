package dev.yado.drift;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param period between two comparisons
 * @param lostAfter how long a host is silent before it counts as lost
 * @param clockTolerance how far a host's clock may be off
 */
@ConfigurationProperties("yado.drift")
public record DriftSettings(
        @DefaultValue("10s") Duration period,
        @DefaultValue("5m") Duration lostAfter,
        @DefaultValue("30s") Duration clockTolerance) {}
