package dev.yado.hook;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param allowedCidrs networks that hooks may reach although they are not public, as in {@code 10.1.0.0/16}
 * @param firstPause after a call that failed; it doubles each time, up to an hour
 * @param patience how long a call is tried again
 * @param keep how long what became of calls is kept
 */
@ConfigurationProperties("yado.hooks")
record HookSettings(
        @DefaultValue List<String> allowedCidrs,
        @DefaultValue("10s") Duration firstPause,
        @DefaultValue("24h") Duration patience,
        @DefaultValue("30d") Duration keep) {}
