package dev.yado.protocol.network;

import dev.yado.protocol.NicId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network card as all hosts of its network know it.
 *
 * @param vm null for a router's port
 * @param addresses the only ones that it may send from
 * @param hostname its name in DNS; null for none
 * @param place where its packets are to be sent; null while it has no host
 * @param alsoAllowed ranges that it may send from besides, for a guest that is a router or shares an address
 * @param groups on its own host only: what may pass. Empty: as if in a group without rules, so nothing comes in
 * @param filtered false: no security group and no rule against forged addresses holds for it. For a router's port only
 */
public record Port(
        NicId id,
        @Nullable VmId vm,
        Mac mac,
        List<Ip> addresses,
        @Nullable String hostname,
        @Nullable Place place,
        List<Cidr> alsoAllowed,
        List<SecurityGroupId> groups,
        boolean filtered,
        @Nullable Qos qos) {
    public Port {
        addresses = List.copyOf(addresses);
        alsoAllowed = List.copyOf(alsoAllowed);
        groups = List.copyOf(groups);
    }

    /**
     * @param here on the host that is told
     * @param tunnelEndpoint the address of its host in the underlay; null for a host that has none
     * @param arriving it is to come to the host that is told: a card can be plugged in here, while its packets still go to
     *     {@code tunnelEndpoint}
     * @param relayed it has left the host that is told: what still comes for it by the tunnel is sent on to {@code tunnelEndpoint}
     */
    public record Place(boolean here, @Nullable Ip tunnelEndpoint, boolean arriving, boolean relayed) {
        public Place {
            if (here && relayed || arriving && !here) {
                throw new IllegalArgumentException("A card arrives where it is, and is relayed where it is not.");
            }
        }

        public Place(boolean here, @Nullable Ip tunnelEndpoint, boolean arriving) {
            this(here, tunnelEndpoint, arriving, false);
        }

        public Place(boolean here, @Nullable Ip tunnelEndpoint) {
            this(here, tunnelEndpoint, false, false);
        }
    }

    public Port at(@Nullable Place other) {
        return new Port(id, vm, mac, addresses, hostname, other, alsoAllowed, groups, filtered, qos);
    }
}
