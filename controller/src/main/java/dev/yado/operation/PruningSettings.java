package dev.yado.operation;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param keep how long an operation is kept after it has ended; the newest one of each VM stays as long as the VM */
@ConfigurationProperties("yado.operations.pruning")
record PruningSettings(@DefaultValue("30d") Duration keep) {}
