package dev.yado.protocol.network;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses of a network and what its guests are told.
 *
 * @param service an address of the range that every host answers itself: DHCP, DNS and the way to the metadata service
 * @param gateway what guests are told as their default route; null where none is wanted
 * @param dhcp whether guests get their addresses by DHCP (IPv4) or DHCPv6 with router advertisements (IPv6)
 * @param dnsServers told to guests after {@code service}, which refuses to answer for names outside of the network, so that they ask these; by
 *     DHCP only those of the range's own family
 * @param routes told to guests and, on routers, used by them
 */
public record Subnet(
        Cidr cidr, Ip service, @Nullable Ip gateway, boolean dhcp, List<Ip> dnsServers, List<StaticRoute> routes) {
    public Subnet {
        dnsServers = List.copyOf(dnsServers);
        routes = List.copyOf(routes);
    }
}
