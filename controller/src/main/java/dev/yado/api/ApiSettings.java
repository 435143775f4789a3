package dev.yado.api;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param requestsPerSecond how many calls a tenant's token may make in the long run; 0 for any number. The administrator's are not
 *     counted
 * @param burst how many at once, before the rate counts
 */
@ConfigurationProperties("yado.api")
record ApiSettings(
        @DefaultValue("1000") int requestsPerSecond,
        @DefaultValue("5000") int burst) {}
