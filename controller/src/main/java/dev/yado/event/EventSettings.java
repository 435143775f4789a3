package dev.yado.event;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param keep how long an event can be read, at least
 * @param keepAlive how often a quiet stream gives a sign of life
 * @param longest after which a stream ends and the watcher resumes: the longest time that a revoked token still sees events
 * @param watchers how many streams a replica serves at the same time
 * @param batch how many events are read at once
 */
@ConfigurationProperties("yado.events")
public record EventSettings(
        @DefaultValue("7d") Duration keep,
        @DefaultValue("15s") Duration keepAlive,
        @DefaultValue("15m") Duration longest,
        @DefaultValue("500") int watchers,
        @DefaultValue("500") int batch) {}
