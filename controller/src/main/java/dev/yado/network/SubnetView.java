package dev.yado.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses of a network.
 *
 * @param gateway what guests are told as their default route; null: nothing
 */
record SubnetView(
        SubnetId id,
        NetworkId network,
        Cidr cidr,
        @Nullable Ip gateway,
        Ip service,
        boolean dhcp,
        List<Ip> dnsServers,
        Instant createdAt) {
    SubnetView {
        dnsServers = List.copyOf(dnsServers);
    }
}
