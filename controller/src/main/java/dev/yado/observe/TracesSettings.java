package dev.yado.observe;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** @param endpoint a collector that takes OTLP over HTTP; null for what the variables of OpenTelemetry say */
@ConfigurationProperties("yado.otlp")
record TracesSettings(@Nullable String endpoint) {}
