package dev.yado.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.RouterId;
import java.util.Map;
import java.util.Set;

/** What is on a host now. @param cards those of guests that are plugged in, with their networks */
public record Carried(Set<NetworkId> networks, Set<RouterId> routers, Map<NicId, NetworkId> cards) {
    public Carried {
        networks = Set.copyOf(networks);
        routers = Set.copyOf(routers);
        cards = Map.copyOf(cards);
    }
}
