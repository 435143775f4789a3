package dev.yado.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a host is.
 *
 * @param network null when it says nothing of networks and so carries none
 * @param migration null when it takes part in no move
 * @param backup null when it takes and restores no backups
 */
public record HostFacts(
        HostCapacity capacity,
        Architecture architecture,
        Accelerator accelerator,
        SelfTestReport selfTest,
        String qemuVersion,
        String agentVersion,
        @Nullable NetworkFacts network,
        @Nullable MigrationFacts migration,
        @Nullable BackupFacts backup) {

    /** A host that takes no backups. */
    public HostFacts(
            HostCapacity capacity,
            Architecture architecture,
            Accelerator accelerator,
            SelfTestReport selfTest,
            String qemuVersion,
            String agentVersion,
            @Nullable NetworkFacts network,
            @Nullable MigrationFacts migration) {
        this(capacity, architecture, accelerator, selfTest, qemuVersion, agentVersion, network, migration, null);
    }

    /** A host that carries no networks. */
    public HostFacts(
            HostCapacity capacity,
            Architecture architecture,
            Accelerator accelerator,
            SelfTestReport selfTest,
            String qemuVersion,
            String agentVersion) {
        this(capacity, architecture, accelerator, selfTest, qemuVersion, agentVersion, null, null, null);
    }

    /** A host that takes part in no move. */
    public HostFacts(
            HostCapacity capacity,
            Architecture architecture,
            Accelerator accelerator,
            SelfTestReport selfTest,
            String qemuVersion,
            String agentVersion,
            @Nullable NetworkFacts network) {
        this(capacity, architecture, accelerator, selfTest, qemuVersion, agentVersion, network, null, null);
    }
}
