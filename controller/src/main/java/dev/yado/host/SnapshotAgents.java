package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.snapshot.SnapshotAgent;

/** Reaches what takes snapshots on hosts. */
public interface SnapshotAgents {
    /** Never called inside a transaction: what it gives waits for the network. */
    SnapshotAgent snapshotOf(HostId host);
}
