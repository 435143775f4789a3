package dev.yado.vmmd.network;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NicId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.GroupMembers;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.protocol.network.Subnet;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes sure that what is said of networks is whole and sound before a driver relies on it: JSON can leave out or overdo everything. */
final class NetworkCheck {
    private static final int LEAST_MTU = 576;
    private static final int LEAST_MTU_V6 = 1280;
    private static final int MOST_MTU = 9216;
    private static final int MOST_VNI = (1 << 24) - 1;
    private static final int MOST_TAG = 4094;
    private static final int MOST_PORT = 65_535;
    private static final int MOST_TYPE = 255;
    private static final Pattern LABEL = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?");
    private static final Pattern PROVIDER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");

    private NetworkCheck() {}

    static void check(HostNetwork network) {
        present("id", network.id());
        present("tenantId", network.tenantId());
        present("name", network.name());
        require(
                network.name().length() <= 255
                        && network.name().chars().noneMatch(Character::isISOControl)
                        && !network.name().isBlank(),
                "name is 1 to 255 printable characters");
        require(network.generation() >= 1, "generation is less than 1");
        segment("segment", network.segment());
        require(network.mtu() >= LEAST_MTU && network.mtu() <= MOST_MTU, "mtu is " + LEAST_MTU + " to " + MOST_MTU);
        for (Subnet subnet : network.subnets()) {
            subnet(subnet, network.mtu());
        }
        ports(network.ports());
        groups(network);
    }

    private static void segment(String field, @Nullable Segment segment) {
        switch (segment) {
            case null -> throw refusal(field + " is missing");
            case Segment.Overlay(int vni) -> require(vni >= 1 && vni <= MOST_VNI, field + ".vni is 1 to " + MOST_VNI);
            case Segment.Flat(String provider) -> provider(field, provider);
            case Segment.Vlan(String provider, int tag) -> {
                provider(field, provider);
                require(tag >= 1 && tag <= MOST_TAG, field + ".tag is 1 to " + MOST_TAG);
            }
        }
    }

    private static void provider(String field, @Nullable String provider) {
        require(
                provider != null && PROVIDER.matcher(provider).matches(),
                field + ".provider is 1 to 63 letters, digits, dots, dashes and underscores");
    }

    private static void subnet(Subnet subnet, int mtu) {
        present("subnet.cidr", subnet.cidr());
        Cidr cidr = subnet.cidr();
        inside(cidr, "service", present("subnet.service", subnet.service()));
        if (subnet.gateway() != null) {
            inside(cidr, "gateway", subnet.gateway());
        }
        require(!cidr.v6() || mtu >= LEAST_MTU_V6, "mtu is at least " + LEAST_MTU_V6 + " with the IPv6 subnet " + cidr);
        for (StaticRoute route : subnet.routes()) {
            route(route);
        }
    }

    private static void inside(Cidr cidr, String what, Ip address) {
        require(cidr.contains(address), "the " + what + " " + address + " is not in the subnet " + cidr);
    }

    private static void route(StaticRoute route) {
        present("route.destination", route.destination());
        present("route.nextHop", route.nextHop());
        require(
                route.destination().v6() == route.nextHop().v6(),
                "the route to " + route.destination() + " goes to " + route.nextHop()
                        + ", which is of the other family");
    }

    private static void ports(Collection<Port> ports) {
        Set<NicId> ids = new HashSet<>();
        Set<String> macs = new HashSet<>();
        Set<Ip> addresses = new HashSet<>();
        for (Port port : ports) {
            present("port.id", port.id());
            present("port.mac", port.mac());
            require(ids.add(port.id()), "port " + port.id() + " is named twice");
            require(macs.add(port.mac().text()), "two ports have the Ethernet address " + port.mac());
            for (Ip address : port.addresses()) {
                require(addresses.add(address), "two ports have the address " + address);
            }
            String hostname = port.hostname();
            require(
                    hostname == null || LABEL.matcher(hostname).matches(),
                    "port " + port.id() + " has a hostname that is no DNS label");
            require(port.filtered() || port.vm() == null, "port " + port.id() + " of a VM is not filtered");
            Qos qos = port.qos();
            require(
                    qos == null || limit(qos.inKbits()) && limit(qos.outKbits()),
                    "a limit of port " + port.id() + " is less than 1 kbit/s");
        }
    }

    private static boolean limit(@Nullable Integer kbits) {
        return kbits == null || kbits >= 1;
    }

    private static void groups(HostNetwork network) {
        Set<Object> ids = new HashSet<>();
        for (SecurityGroup group : network.groups()) {
            present("group.id", group.id());
            require(ids.add(group.id()), "security group " + group.id() + " is named twice");
            group.rules().forEach(NetworkCheck::rule);
        }
        for (GroupMembers members : network.groupMembers()) {
            present("groupMembers.group", members.group());
        }
    }

    private static void rule(SecurityRule rule) {
        present("rule.id", rule.id());
        String name = "rule " + rule.id();
        present(name + ".direction", rule.direction());
        present(name + ".family", rule.family());
        present(name + ".protocol", rule.protocol());
        require(rule.remote() == null || rule.remoteGroup() == null, name + " names a range and a group");
        Cidr remote = rule.remote();
        require(
                remote == null || remote.v6() == (rule.family() == SecurityRule.Family.IPV6),
                name + " has a range of the other family");
        Integer low = rule.portMin();
        Integer high = rule.portMax();
        switch (rule.protocol()) {
            case TCP, UDP, SCTP -> {
                require(low == null || low >= 0 && low <= MOST_PORT, name + ".portMin is 0 to " + MOST_PORT);
                require(
                        high == null || low != null && high >= low && high <= MOST_PORT,
                        name + ".portMax is portMin to " + MOST_PORT);
            }
            case ICMP -> {
                require(low == null || low >= 0 && low <= MOST_TYPE, name + ".portMin is 0 to " + MOST_TYPE);
                require(
                        high == null || low != null && high >= 0 && high <= MOST_TYPE,
                        name + ".portMax is 0 to " + MOST_TYPE);
            }
            case ANY, GRE, ESP -> require(low == null && high == null, name + " has ports and its protocol has none");
        }
    }

    static void check(HostRouter router) {
        present("id", router.id());
        present("tenantId", router.tenantId());
        present("name", router.name());
        require(router.generation() >= 1, "generation is less than 1");
        Set<NicId> nics = new HashSet<>();
        for (HostRouter.Leg leg : router.legs()) {
            present("leg.nic", leg.nic());
            present("leg.network", leg.network());
            present("leg.mac", leg.mac());
            require(nics.add(leg.nic()), "leg " + leg.nic() + " is named twice");
            interfaces("leg", leg.addresses());
        }
        HostRouter.Uplink uplink = router.uplink();
        if (uplink != null) {
            uplink(uplink);
        }
        for (HostRouter.FloatingIp floating : router.floatingIps()) {
            present("floatingIp.address", floating.address());
            present("floatingIp.fixed", floating.fixed());
            require(
                    floating.address().v6() == floating.fixed().v6(),
                    "floating address " + floating.address() + " is for an address of the other family");
        }
        router.portForwardings().forEach(NetworkCheck::forwarding);
        router.routes().forEach(NetworkCheck::route);
        require(
                uplink != null
                        || router.floatingIps().isEmpty()
                                && router.portForwardings().isEmpty(),
                "a router without uplink has floating addresses or forwards ports");
    }

    private static void uplink(HostRouter.Uplink uplink) {
        segment("uplink.segment", uplink.segment());
        present("uplink.mac", uplink.mac());
        require(
                uplink.mtu() >= LEAST_MTU && uplink.mtu() <= MOST_MTU,
                "uplink.mtu is " + LEAST_MTU + " to " + MOST_MTU);
        interfaces("uplink", uplink.addresses());
        require(uplink.gateways().stream().filter(Ip::v6).count() <= 1, "uplink has two IPv6 gateways");
        require(uplink.gateways().stream().filter(ip -> !ip.v6()).count() <= 1, "uplink has two IPv4 gateways");
    }

    private static void interfaces(String field, Collection<Interface> addresses) {
        for (Interface each : addresses) {
            present(field + ".address", each.address());
            require(
                    each.prefix() >= 0 && each.prefix() <= each.address().bits(),
                    field + ".prefix of " + each.address() + " is 0 to "
                            + each.address().bits());
        }
    }

    private static void forwarding(HostRouter.PortForwarding forwarding) {
        present("portForwarding.address", forwarding.address());
        present("portForwarding.fixed", forwarding.fixed());
        require(
                forwarding.protocol() == SecurityRule.Protocol.TCP
                        || forwarding.protocol() == SecurityRule.Protocol.UDP,
                "a port forwarding is for TCP or UDP");
        require(port(forwarding.port()) && port(forwarding.fixedPort()), "a forwarded port is 1 to " + MOST_PORT);
    }

    private static boolean port(int number) {
        return number >= 1 && number <= MOST_PORT;
    }

    static void check(PacketTrace.Question question) {
        present("network", question.network());
        present("at", question.at());
        present("direction", question.direction());
        present("source", question.source());
        present("destination", question.destination());
        present("protocol", question.protocol());
        Integer port = question.port();
        require(port == null || port >= 0 && port <= MOST_PORT, "port is 0 to " + MOST_PORT);
    }

    private static <T> T present(String field, @Nullable T value) {
        if (value == null) {
            throw refusal(field + " is missing");
        }
        return value;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw refusal(otherwise);
        }
    }

    private static YadoException refusal(String why) {
        return new YadoException(ErrorCode.INVALID_REQUEST, "It is refused: " + why + ".");
    }
}
