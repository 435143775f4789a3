package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.migration.MigrationAgent;

/** Reaches what moves VMs on hosts. */
public interface MigrationAgents {
    /** Never called inside a transaction: what it gives waits for the network. */
    MigrationAgent migrationOf(HostId host);
}
