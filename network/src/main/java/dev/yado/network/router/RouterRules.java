package dev.yado.network.router;

import dev.yado.network.linux.RouterPart;
import dev.yado.network.nft.Hook;
import dev.yado.network.nft.Table;
import dev.yado.network.nft.Table.Lines;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.HostRouter.FloatingIp;
import dev.yado.protocol.network.HostRouter.PortForwarding;
import dev.yado.protocol.network.SecurityRule.Protocol;
import dev.yado.protocol.network.StaticRoute;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a router translates and lets through, in the language of nftables. */
final class RouterRules {
    private static final String OUT = "oifname \"" + RouterPart.UPLINK + "\" ";
    private static final String IN = "iifname \"" + RouterPart.UPLINK + "\" ";
    private static final String FROM_INSIDE = "iifname != \"" + RouterPart.UPLINK + "\" ";
    private static final int TRANSLATE_DESTINATION = -100;
    private static final int TRANSLATE_SOURCE = 100;

    private final HostRouter router;
    private final Table table = new Table("inet", "yado");

    private RouterRules(HostRouter router) {
        this.router = router;
    }

    static Table of(HostRouter router) {
        RouterRules rules = new RouterRules(router);
        rules.maps();
        rules.destinations();
        rules.sources();
        rules.forward();
        rules.own();
        return rules.table;
    }

    static int number(PortForwarding forwarding) {
        return forwarding.protocol() == Protocol.TCP ? 6 : 17;
    }

    /** What is behind the legs. */
    static List<Cidr> inside(HostRouter router) {
        List<Cidr> legs = router.legs().stream()
                .flatMap(leg -> leg.addresses().stream())
                .map(RouterRules::range)
                .toList();
        Stream<Cidr> behind = router.routes().stream()
                .filter(route -> legs.stream().anyMatch(leg -> leg.contains(route.nextHop())))
                .map(StaticRoute::destination);
        return Stream.concat(legs.stream(), behind)
                .filter(range -> range.prefix() > 0)
                .distinct()
                .toList();
    }

    static Cidr range(Interface address) {
        return Cidr.around(address.address(), address.prefix());
    }

    /** The first of its family. Empty: the router does not translate this family. */
    static java.util.Optional<Ip> translated(HostRouter router, boolean v6) {
        HostRouter.Uplink uplink = router.uplink();
        return uplink == null || !uplink.snat()
                ? java.util.Optional.empty()
                : uplink.addresses().stream()
                        .map(Interface::address)
                        .filter(address -> address.v6() == v6)
                        .findFirst();
    }

    /** Under which address the one inside is known outside; the first where it has several. */
    static Map<Ip, Ip> outward(HostRouter router) {
        return router.floatingIps().stream()
                .collect(Collectors.toMap(FloatingIp::fixed, FloatingIp::address, (first, _) -> first));
    }

    private void maps() {
        for (boolean v6 : new boolean[] {false, true}) {
            String type = v6 ? "ipv6_addr" : "ipv4_addr";
            String n = v6 ? "6" : "4";
            SortedMap<String, String> inward = new TreeMap<>();
            router.floatingIps().stream()
                    .filter(floating -> floating.address().v6() == v6)
                    .forEach(floating -> inward.put(
                            floating.address().toString(), floating.fixed().toString()));
            table.set("floating" + n, type + " : " + type, inward);
            SortedMap<String, String> outward = new TreeMap<>();
            outward(router).forEach((fixed, address) -> {
                if (fixed.v6() == v6) {
                    outward.put(fixed.toString(), address.toString());
                }
            });
            table.set("fixed" + n, type + " : " + type, outward);
            SortedMap<String, String> inside = new TreeMap<>();
            withoutNested(inside(router)).stream()
                    .filter(range -> range.v6() == v6)
                    .forEach(range -> inside.put(range.address() + "-" + range.last(), ""));
            table.intervals("inside" + n, type, inside);
        }
    }

    private static List<Cidr> withoutNested(List<Cidr> ranges) {
        return ranges.stream()
                .filter(range -> ranges.stream()
                        .noneMatch(other -> !other.equals(range)
                                && other.contains(range.address())
                                && other.prefix() <= range.prefix()))
                .toList();
    }

    private void destinations() {
        Lines lines = new Lines()
                .add("dnat ip to ip daddr map @floating4", "floating addresses")
                .add("dnat ip6 to ip6 daddr map @floating6", "floating addresses");
        for (PortForwarding forwarding : router.portForwardings()) {
            boolean v6 = forwarding.address().v6();
            lines.add(
                    (v6 ? "ip6 daddr " : "ip daddr ") + forwarding.address() + " meta l4proto " + number(forwarding)
                            + " th dport " + forwarding.port()
                            + (v6
                                    ? " dnat ip6 to [" + forwarding.fixed() + "]:"
                                    : " dnat ip to " + forwarding.fixed() + ":")
                            + forwarding.fixedPort(),
                    "port forwarding");
        }
        table.chain("destinations", new Hook("nat", "prerouting", null, TRANSLATE_DESTINATION, "accept"), lines);
    }

    private void sources() {
        Lines lines = new Lines();
        for (boolean v6 : new boolean[] {false, true}) {
            String ip = v6 ? "ip6 " : "ip ";
            String n = v6 ? "6" : "4";
            String turned = "oifname != \"" + RouterPart.UPLINK + "\" ct status dnat " + ip + "saddr @inside" + n + " ";
            lines.add(OUT + "snat " + ip + "to " + ip + "saddr map @fixed" + n, "floating addresses");
            lines.add(
                    turned + "snat " + ip + "to " + ip + "saddr map @fixed" + n,
                    "from inside to a floating address inside");
            translated(router, v6).ifPresent(address -> {
                lines.add(
                        OUT + ip + "saddr != " + own(v6) + " snat " + ip + "to " + address,
                        "all that has no floating address");
                lines.add(turned + "snat " + ip + "to " + address, "from inside to a floating address inside");
            });
            lines.add(turned + "masquerade", "from inside to a floating address inside");
        }
        table.chain("sources", new Hook("nat", "postrouting", null, TRANSLATE_SOURCE, "accept"), lines);
    }

    private String own(boolean v6) {
        return Routing.outside(router).stream()
                .map(Interface::address)
                .filter(address -> address.v6() == v6)
                .map(Ip::toString)
                .distinct()
                .collect(Collectors.joining(", ", "{ ", " }"));
    }

    private void forward() {
        table.chain(
                "forward",
                new Hook("filter", "forward", null, 0, "drop"),
                new Lines()
                        .add("ct state invalid drop", "belongs to no flow and begins none")
                        .add("tcp flags syn tcp option maxseg size set rt mtu", "segments that fit the way out")
                        .add("ct state established,related accept", "solicited")
                        .add(IN + "ip saddr @inside4 drop", "pretends to come from inside")
                        .add(IN + "ip6 saddr @inside6 drop", "pretends to come from inside")
                        .add("fib saddr . iif oif 0 drop", "the answer would not go back there")
                        .add(FROM_INSIDE + "accept", "from one network to another, or out")
                        .add("ct status dnat accept", "to a floating address, or forwarded"));
    }

    private void own() {
        table.chain(
                "input",
                new Hook("filter", "input", null, 0, "drop"),
                new Lines()
                        .add("iifname \"lo\" accept", "itself")
                        .add("ct state established,related accept", "answers")
                        .add("icmpv6 type { 135, 136 } accept", "neighbour discovery")
                        .add("icmp type 8 limit rate 100/second burst 100 packets accept", "echo")
                        .add("icmpv6 type 128 limit rate 100/second burst 100 packets accept", "echo"));
        table.chain(
                "output",
                new Hook("filter", "output", null, 0, "accept"),
                new Lines()
                        .add("icmp type 5 drop", "no redirects: the way back needs the router")
                        .add("icmpv6 type 137 drop", "no redirects: the way back needs the router"));
    }
}
