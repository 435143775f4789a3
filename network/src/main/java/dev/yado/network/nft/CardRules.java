package dev.yado.network.nft;

import dev.yado.network.ServiceAddresses;
import dev.yado.network.nft.Table.Lines;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Ip;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Subnet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What may leave and reach a guest's card whatever its security groups say: it sends as itself only, and gets what is meant for it.
 * Broadcast, multicast and ARP have limits of so many packets a second for each card, so that a storm stays at the card.
 */
final class CardRules {
    static final int GROUP_PACKETS_PER_SECOND = 200;
    static final int ARP_PACKETS_PER_SECOND = 50;
    private static final String GROUP_BIT = "ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 ";

    /** Neighbour solicitation and advertisement name their target 8 bytes into ICMPv6. */
    private static final String ND_TARGET = "@th,64,128 ";

    private final Table table;
    private final Ownership ownership;
    private final @Nullable String beyond;

    CardRules(Table table, Ownership ownership, HostNetwork network) {
        this.table = table;
        this.ownership = ownership;
        this.beyond = beyond(network);
        table.chain(
                "guard4",
                new Lines()
                        .add("udp dport 68 drop", "only the host serves DHCP")
                        .add("udp sport 67 drop", "only the host serves DHCP")
                        .add(
                                "ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept",
                                "asks for a lease"));
        table.chain(
                "guard6",
                new Lines()
                        .add("icmpv6 type { 134, 137 } drop", "only the host advertises routers; nobody redirects")
                        .add("udp sport 547 drop", "only the host serves DHCPv6")
                        .add("udp dport 546 drop", "only the host serves DHCPv6")
                        .add(
                                "frag nexthdr { 0, 43, 44, 51, 60, 135, 139, 140 } drop",
                                "hides a header in a later fragment")
                        .add("exthdr frag exists icmpv6 type { 133, 135, 136 } drop", "RFC 6980")
                        .add("icmpv6 type { 133, 135, 136 } ip6 hoplimit != 255 drop", "RFC 4861")
                        .add("rt type 0 drop", "RFC 5095")
                        .add("ip6 saddr :: icmpv6 type { 133, 143 } accept", "has no address yet"));
    }

    /** @param shaper the device through which its packets are shaped; null: none */
    void add(Port port, String device, @Nullable String shaper) {
        for (String kind : List.of("sent", "got", "refused")) {
            table.counter(counter(device, kind));
        }
        table.chain(
                "ok_" + device,
                new Lines().add(shaper == null ? "accept" : "fwd to \"" + shaper + "\"", "card " + port.id()));
        table.chain("from_" + device, new Hook("filter", "ingress", device, 0, "drop"), sends(port, device));
        table.chain("to_" + device, new Hook("filter", "egress", device, 0, "drop"), gets(port, device));
    }

    static String counter(String device, String kind) {
        return device + "_" + kind;
    }

    private Lines sends(Port port, String device) {
        String mac = port.mac().toString();
        String ok = " goto ok_" + device;
        String targets =
                ownership.of(port, true).stream().map(CardRules::hex).collect(Collectors.joining(", ", "{ ", " }"));
        Lines lines = new Lines()
                .add("counter name \"" + counter(device, "sent") + "\"", "all that it sends")
                .add(
                        "ether type { 0x0806, 0x0800, 0x86dd } ether saddr " + mac + " jump own_" + device,
                        "ARP and IP, untagged, from its MAC")
                .add("counter name \"" + counter(device, "refused") + "\"", "what it may not send");
        Lines own = new Lines()
                .add(
                        GROUP_BIT + "limit rate over " + GROUP_PACKETS_PER_SECOND + "/second burst "
                                + GROUP_PACKETS_PER_SECOND + " packets counter name \"" + counter(device, "refused")
                                + "\" drop",
                        "a storm")
                .add("ether type 0x0800 jump guard4", "DHCP")
                .add("ether type 0x86dd jump guard6", "DHCPv6 and discovery");
        allow(own, port, false, "ip saddr ", ok);
        own.add("icmpv6 type 136 " + ND_TARGET + "!= " + targets + " return", "advertises only itself");
        if (beyond != null) {
            own.add(beyond, "to its router");
        }
        allow(own, port, true, "ip6 saddr ", ok);
        own.add("ip6 saddr :: icmpv6 type 135 " + ND_TARGET + targets + ok, "is its address in use");
        String arp = "arp htype 1 arp ptype 0x0800 arp hlen 6 arp plen 4 arp operation { 1, 2 } arp saddr ether " + mac;
        String limit = " limit rate " + ARP_PACKETS_PER_SECOND + "/second burst " + 2 * ARP_PACKETS_PER_SECOND
                + " packets" + ok;
        own.add(arp + " arp saddr ip 0.0.0.0" + limit, "is its address in use");
        List<Span> four = ownership.of(port, false);
        if (!four.isEmpty()) {
            own.add(arp + " arp saddr ip " + set(four) + limit, "ARP as itself");
        }
        table.chain("own_" + device, own);
        return lines;
    }

    /**
     * IPv6 guests learn their default router from an advertisement, which comes from the host, as everything that tells them how they
     * are to be set. So what they send to it for somebody beyond is given the station of the real one here. Null: there is none.
     */
    private static @Nullable String beyond(HostNetwork network) {
        for (Subnet subnet : network.subnets()) {
            Ip gateway = subnet.gateway();
            Optional<Port> router = network.ports().stream()
                    .filter(port ->
                            gateway != null && gateway.v6() && port.addresses().contains(gateway))
                    .findFirst();
            if (router.isPresent()) {
                String here = network.subnets().stream()
                        .filter(other -> other.cidr().v6())
                        .map(other -> other.cidr().toString())
                        .collect(Collectors.joining(", "));
                return "ether daddr " + ServiceAddresses.MAC + " ip6 daddr != { fe80::/10, ff00::/8, " + here
                        + " } ether daddr set " + router.get().mac();
            }
        }
        return null;
    }

    private void allow(Lines lines, Port port, boolean v6, String what, String then) {
        List<Span> spans = ownership.of(port, v6);
        if (!spans.isEmpty()) {
            lines.add(what + set(spans) + then, "its addresses");
        }
    }

    private static String set(List<Span> spans) {
        return spans.stream().map(Span::toString).collect(Collectors.joining(", ", "{ ", " }"));
    }

    private Lines gets(Port port, String device) {
        String count = "counter name \"" + counter(device, "got") + "\" accept";
        Lines lines = new Lines()
                .add("ether type != { 0x0806, 0x0800, 0x86dd } drop", "neither ARP nor IP")
                .add(
                        GROUP_BIT + "limit rate over " + 10 * GROUP_PACKETS_PER_SECOND + "/second burst "
                                + 10 * GROUP_PACKETS_PER_SECOND + " packets drop",
                        "a storm of others")
                .add(GROUP_BIT + "ether type 0x0806 " + count, "ARP")
                .add(
                        "ether daddr != { " + port.mac() + ", ff:ff:ff:ff:ff:ff, 01:00:5e:00:00:00-01:00:5e:7f:ff:ff, "
                                + "33:33:00:00:00:00-33:33:ff:ff:ff:ff } drop",
                        "for another card")
                .add("ether type 0x0806 " + count, "ARP")
                .add("ip daddr { 224.0.0.0/4, 255.255.255.255 } " + count, "to all")
                .add("ip6 daddr ff00::/8 " + count, "to all");
        allow(lines, port, false, "ip daddr ", " " + count);
        allow(lines, port, true, "ip6 daddr ", " " + count);
        return lines;
    }

    /** A range of raw bytes is written as numbers. */
    private static String hex(Span span) {
        return span.first().equals(span.last()) ? hex(span.first()) : hex(span.first()) + "-" + hex(span.last());
    }

    private static String hex(Ip address) {
        return "0x" + HexFormat.of().formatHex(address.bytes());
    }
}
