package dev.yado.network.nft;

import dev.yado.network.ServiceAddresses;
import dev.yado.network.nft.Table.Lines;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
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
    private static final String SINGLE_BIT = "ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 ";

    /** Neighbour solicitation and advertisement name their target 8 bytes into ICMPv6. */
    private static final String ND_TARGET = "@th,64,128 ";

    /** DHCP names who asks 28 bytes into the datagram, behind the 8 of UDP. */
    private static final String DHCP_CLIENT = "@th,288,48 ";

    private static final String ARP = "ether type 0x0806 ";
    private static final String IPV4 = "ether type 0x0800 ";
    private static final String IPV6 = "ether type 0x86dd ";
    private static final int MOST_RULES = 8;

    private final Table table;
    private final Ownership ownership;
    private final @Nullable String beyond;
    private final boolean provider;

    CardRules(Table table, Ownership ownership, HostNetwork network) {
        this.table = table;
        this.ownership = ownership;
        this.beyond = beyond(network);
        this.provider = !(network.segment() instanceof Segment.Overlay);
        table.chain(
                "plain",
                new Lines().add("ether type != { 0x0806, 0x0800, 0x86dd } drop", "neither ARP nor IP, or with a tag"));
        table.chain(
                "group",
                new Lines()
                        .add(ARP + "return", "ARP")
                        .add(
                                "ether daddr != { ff:ff:ff:ff:ff:ff, 01:00:5e:00:00:00-01:00:5e:7f:ff:ff, "
                                        + "33:33:00:00:00:00-33:33:ff:ff:ff:ff } drop",
                                "for stations of other protocols"));
        table.chain(
                "many",
                new Lines()
                        .add("ip daddr { 224.0.0.0/4, 255.255.255.255 } return", "to all")
                        .add("ip6 daddr ff00::/8 return", "to all")
                        .add("drop", "for another address"));
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
        sends(port, device);
        gets(port, device);
    }

    static String counter(String device, String kind) {
        return device + "_" + kind;
    }

    private void sends(Port port, String device) {
        String mac = port.mac().toString();
        String ok = " goto ok_" + device;
        String refused = "counter name \"" + counter(device, "refused") + "\"";
        table.chain(
                "from_" + device,
                new Hook("filter", "ingress", device, 0, "drop"),
                new Lines()
                        .add("counter name \"" + counter(device, "sent") + "\"", "all that it sends")
                        .add("ether saddr " + mac + " jump own_" + device, "from its MAC")
                        .add(refused, "what it may not send"));
        Lines own = new Lines()
                .add(GROUP_BIT + limitOver(GROUP_PACKETS_PER_SECOND) + refused + " drop", "a storm")
                .add(
                        IPV4 + "udp dport 67 " + DHCP_CLIENT + "!= 0x" + mac.replace(":", "") + " " + refused + " drop",
                        "asks for a lease as another")
                .add(IPV4 + "jump guard4", "DHCP");
        allow(own, port, false, IPV4 + "ip saddr ", ok);
        own.add(IPV6 + "jump guard6", "DHCPv6 and discovery")
                .add(IPV6 + "icmpv6 type 136 jump tells_" + device, "advertises only itself");
        if (beyond != null) {
            own.add(beyond, "to its router");
        }
        allow(own, port, true, IPV6 + "ip6 saddr ", ok);
        Lines tells = new Lines();
        for (Span target : ownership.of(port, true)) {
            tells.add(ND_TARGET + hex(target) + " return", "itself");
            own.add(IPV6 + "ip6 saddr :: icmpv6 type 135 " + ND_TARGET + hex(target) + ok, "is its address in use");
        }
        table.chain("tells_" + device, tells.add(refused + " drop", "somebody else"));
        String limit = " limit rate " + ARP_PACKETS_PER_SECOND + "/second burst " + 2 * ARP_PACKETS_PER_SECOND
                + " packets" + ok;
        String arp =
                ARP + "arp htype 1 arp ptype 0x0800 arp hlen 6 arp plen 4 arp operation 1-2 arp saddr ether " + mac;
        own.add(arp + " arp saddr ip 0.0.0.0" + limit, "is its address in use");
        allow(own, port, false, arp + " arp saddr ip ", limit);
        if (provider) {
            String asks = "0x0001080006040003" + mac.replace(":", "");
            own.add(
                    "ether type 0x8035 @nh,0,112 " + asks + limit,
                    "says to switches where it is: RARP, as QEMU does after a move");
        }
        table.chain("own_" + device, own);
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

    /** A rule for each, since a set of its own for each card makes thousands of them; where there are many, one set. */
    private void allow(Lines lines, Port port, boolean v6, String what, String then) {
        List<Span> spans = ownership.of(port, v6);
        if (spans.size() > MOST_RULES) {
            lines.add(what + set(spans) + then, "its addresses");
        } else {
            spans.forEach(span -> lines.add(what + span + then, "its address"));
        }
    }

    private static String set(List<Span> spans) {
        return spans.stream().map(Span::toString).collect(Collectors.joining(", ", "{ ", " }"));
    }

    private void gets(Port port, String device) {
        String count = "counter name \"" + counter(device, "got") + "\" accept";
        Lines lines = new Lines()
                .add("jump plain", "ARP and IP")
                .add(GROUP_BIT + limitOver(10 * GROUP_PACKETS_PER_SECOND) + "drop", "a storm of others")
                .add(GROUP_BIT + "jump group", "what is for all")
                .add(SINGLE_BIT + "ether daddr != " + port.mac() + " drop", "for another card")
                .add(ARP + count, "ARP");
        allow(lines, port, false, "ip daddr ", " " + count);
        allow(lines, port, true, "ip6 daddr ", " " + count);
        lines.add("jump many", "to all").add(count, "to all");
        table.chain("to_" + device, new Hook("filter", "egress", device, 0, "drop"), lines);
    }

    private static String limitOver(int packets) {
        return "limit rate over " + packets + "/second burst " + packets + " packets ";
    }

    /** A range of raw bytes is written as numbers. */
    private static String hex(Span span) {
        return span.first().equals(span.last()) ? hex(span.first()) : hex(span.first()) + "-" + hex(span.last());
    }

    private static String hex(Ip address) {
        return "0x" + HexFormat.of().formatHex(address.bytes());
    }
}
