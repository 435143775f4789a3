package dev.yado.vm;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param keep how long each disruption is kept; the sums of the months stay as long as the VM */
@ConfigurationProperties("yado.disruptions")
record DisruptionSettings(@DefaultValue("400d") Duration keep) {}
