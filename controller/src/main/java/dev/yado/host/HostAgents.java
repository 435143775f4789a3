package dev.yado.host;

import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;

/** Reaches hosts. */
public interface HostAgents {
    /** Never called inside a transaction: what it gives waits for the network. */
    HostAgent of(HostId host);
}
