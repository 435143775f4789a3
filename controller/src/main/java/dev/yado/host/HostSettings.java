package dev.yado.host;

import dev.yado.protocol.Mebibytes;
import dev.yado.scheduler.PlacementPolicy;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param lease how long a host counts as alive after a report
 * @param connectTimeout for calls to hosts
 * @param callTimeout for calls to hosts; a hard stop answers when the process has ended
 * @param vcpuOvercommit promised vCPUs per CPU
 * @param memoryReserveMib what the host's own system keeps
 * @param diskOvercommit promised disk per disk
 */
@ConfigurationProperties("yado.hosts")
record HostSettings(
        @DefaultValue("15s") Duration lease,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("15s") Duration callTimeout,
        @DefaultValue("8.0") double vcpuOvercommit,
        @DefaultValue("512") long memoryReserveMib,
        @DefaultValue("2.0") double diskOvercommit,
        @DefaultValue("SPREAD") PlacementPolicy.Strategy strategy) {

    PlacementPolicy policy() {
        return new PlacementPolicy(vcpuOvercommit, new Mebibytes(memoryReserveMib), diskOvercommit, strategy);
    }
}
