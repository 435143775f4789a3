package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a host is.
 *
 * @param network null when it says nothing of networks and so carries none
 */
public record HostFacts(
        HostCapacity capacity,
        Architecture architecture,
        Accelerator accelerator,
        SelfTestReport selfTest,
        String qemuVersion,
        String agentVersion,
        @Nullable NetworkFacts network) {

    /** A host that carries no networks. */
    public HostFacts(
            HostCapacity capacity,
            Architecture architecture,
            Accelerator accelerator,
            SelfTestReport selfTest,
            String qemuVersion,
            String agentVersion) {
        this(capacity, architecture, accelerator, selfTest, qemuVersion, agentVersion, null);
    }
}
