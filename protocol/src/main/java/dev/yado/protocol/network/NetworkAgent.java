package dev.yado.protocol.network;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.NetworkId;

/**
 * What a controller asks of a host for its networks. Every call is idempotent and may be repeated or lost without harm; each
 * returns when the kernel does as asked, or says why it does not.
 *
 * <p>Over HTTP: {@code PUT /v1/networks/{id}}, {@code DELETE /v1/networks/{id}?generation=N}, the same for {@code routers},
 * {@code POST /v1/networks/{id}/trace}.
 */
public interface NetworkAgent {

    /**
     * Makes the network on the host as it is said, or changes it to that.
     *
     * @throws HostAgent.HostRefusal {@link ErrorCode#STALE_GENERATION} for a lower generation, or an equal one with another content
     */
    NetworkAnswer put(HostNetwork network);

    /**
     * Takes the network off the host and remembers the generation, so that a late {@link #put} cannot bring it back.
     *
     * @throws HostAgent.HostRefusal {@link ErrorCode#CONFLICT} while a guest on the host has a card in it, or a router a leg
     */
    NetworkAnswer deleteNetwork(NetworkId id, long generation);

    /**
     * Makes the host the gateway of the router, or changes it.
     *
     * @throws HostAgent.HostRefusal {@link ErrorCode#NETWORK_NOT_READY} when it has a leg in a network that the host was not given;
     *     {@link ErrorCode#STALE_GENERATION} as for a network
     */
    NetworkAnswer put(HostRouter router);

    /** Takes the router off the host, with its addresses; {@link #deleteNetwork} is for its networks. */
    NetworkAnswer deleteRouter(RouterId id, long generation);

    /**
     * Says what becomes of a packet on this host, from the desired state that it holds and from the kernel's.
     *
     * @throws HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} for a network or port that the host was not given
     */
    PacketTrace.Answer trace(PacketTrace.Question question);
}
