package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.protocol.network.NetworkAgent;

/** Reaches what carries networks on hosts. */
public interface NetworkAgents {
    /** Never called inside a transaction: what it gives waits for the network. */
    NetworkAgent networkOf(HostId host);
}
