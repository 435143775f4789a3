package dev.yado.network.nft;

import dev.yado.network.ServiceAddresses;
import dev.yado.network.linux.Links;
import dev.yado.network.nft.Table.Lines;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Subnet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps a host's services off the data centre's wire. Every host that carries a provider network answers its own guests at the same
 * addresses and from the same station; what one says, or is asked, is nobody else's.
 */
final class Wire {
    private static final String SERVICE = ServiceAddresses.MAC.toString();
    private static final String ND_TARGET = "@th,64,128 ";

    private final HostNetwork network;

    private Wire(HostNetwork network) {
        this.network = network;
    }

    static void add(Table table, HostNetwork network) {
        Wire wire = new Wire(network);
        table.chain(
                "wire_out",
                new Hook("filter", "egress", Links.PROVIDER, 0, "accept"),
                wire.questions(new Lines().add("ether saddr " + SERVICE + " drop", "said by a service of this host")));
        table.chain(
                "wire_in",
                new Hook("filter", "ingress", Links.PROVIDER, 0, "accept"),
                wire.questions(new Lines()
                        .add("ether saddr " + SERVICE + " drop", "said by a service of another host")
                        .add("ether daddr " + SERVICE + " drop", "services are for the host's own guests")));
    }

    /** Those that are sent to all, since who asks does not know the station yet. */
    private Lines questions(Lines lines) {
        Set<Ip> services = new LinkedHashSet<>();
        services.add(ServiceAddresses.METADATA);
        services.add(ServiceAddresses.LINK_LOCAL);
        network.subnets().stream().map(Subnet::service).forEach(services::add);
        String four = services.stream().filter(ip -> !ip.v6()).map(Ip::toString).collect(Collectors.joining(", "));
        lines.add("ether type 0x0806 arp daddr ip { " + four + " } drop", "who has a service's address");
        for (Ip service : services) {
            if (service.v6()) {
                lines.add(
                        "ether type 0x86dd icmpv6 type 135 " + ND_TARGET + "0x"
                                + HexFormat.of().formatHex(service.bytes()) + " drop",
                        "who has a service's address");
            }
        }
        if (serves(false)) {
            lines.add("ether type 0x0800 udp dport 67 drop", "asks for a lease, which its own host gives");
        }
        if (serves(true)) {
            lines.add("ether type 0x86dd udp dport 547 drop", "asks for a lease, which its own host gives")
                    .add("ether type 0x86dd icmpv6 type 133 drop", "asks for a router, which its own host tells");
        }
        return lines;
    }

    private boolean serves(boolean v6) {
        return network.subnets().stream()
                .anyMatch(subnet -> subnet.dhcp() && subnet.cidr().v6() == v6);
    }
}
