package dev.yado.protocol;

/** What a host is. */
public record HostFacts(
        HostCapacity capacity,
        Architecture architecture,
        Accelerator accelerator,
        SelfTestReport selfTest,
        String qemuVersion,
        String agentVersion) {}
