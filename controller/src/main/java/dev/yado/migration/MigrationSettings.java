package dev.yado.migration;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param keep how long a move is kept after it has ended; at most as long as its VM */
@ConfigurationProperties("yado.migrations")
record MigrationSettings(@DefaultValue("400d") Duration keep) {}
