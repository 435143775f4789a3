package dev.yado.network.nft;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * The first packet of a flow.
 *
 * @param protocol {@code ANY} for one that rules have no name for
 * @param port of the destination; for ICMP the type; null where the protocol has none, or it is not said
 * @param code of ICMP
 */
public record Flow(
        Ip source,
        Ip destination,
        Protocol protocol,
        @Nullable Integer port,
        int code) {
    public Flow {
        if (source.v6() != destination.v6()) {
            throw new IllegalArgumentException(source + " and " + destination + " are of different families");
        }
    }

    Family family() {
        return source.v6() ? Family.IPV6 : Family.IPV4;
    }
}
