package dev.yado.network.router;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.Nftables;
import dev.yado.kernel.PacketSocket;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.FlowSocket;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.Route;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.network.linux.Announcement;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.RouterPart;
import dev.yado.network.nft.Change;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.StaticRoute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Makes a router of a namespace with devices. First the rules, then addresses and routes, last the switches that let packets through:
 * a router that is half made passes nothing.
 */
public final class Routing implements RouterPart {
    private static final Cidr ALL_4 = Cidr.parse("0.0.0.0/0");
    private static final Cidr ALL_6 = Cidr.parse("::/0");
    private static final Cidr LINK_LOCAL = Cidr.parse("fe80::/10");
    private static final Path SWITCHES = Path.of("/proc/sys/net");

    /** An address answers at its own device only; a flow that moved here from another gateway may go on. */
    private static final Map<String, String> WANTED_SWITCHES = switches();

    private static Map<String, String> switches() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("ipv4/conf/all/arp_ignore", "1");
        all.put("ipv4/conf/all/arp_announce", "2");
        all.put("netfilter/nf_conntrack_tcp_be_liberal", "1");
        all.put("ipv6/conf/all/forwarding", "1");
        all.put("ipv4/ip_forward", "1");
        return all;
    }

    @Override
    public List<Difference> apply(Ground ground, HostRouter router) throws IOException {
        Nftables nftables = new Nftables(ground.namespace());
        Change rules = Change.towards(List.of(RouterRules.of(router)), nftables);
        List<Difference> changed = new ArrayList<>(rules.differences());
        rules.run(nftables);
        try (RouteSocket socket = RouteSocket.open(ground.namespace())) {
            Addresses addresses = new Addresses(socket, router);
            socket.run(addresses.requests);
            changed.addAll(addresses.differences);
            Routes routes = new Routes(socket, router, addresses);
            socket.run(routes.requests);
            changed.addAll(routes.differences);
            changed.addAll(switches(ground.namespace(), true));
            if (!rules.differences().isEmpty() || !addresses.differences.isEmpty()) {
                forgetStaleFlows(ground.namespace(), router);
            }
            announce(ground.namespace(), router, addresses);
        }
        return changed;
    }

    @Override
    public List<Difference> differences(Ground ground, HostRouter router) throws IOException {
        List<Difference> found =
                new ArrayList<>(Change.towards(List.of(RouterRules.of(router)), new Nftables(ground.namespace()))
                        .differences());
        try (RouteSocket socket = RouteSocket.open(ground.namespace())) {
            Addresses addresses = new Addresses(socket, router);
            found.addAll(addresses.differences);
            found.addAll(new Routes(socket, router, addresses).differences);
        }
        found.addAll(switches(ground.namespace(), false));
        return found;
    }

    @Override
    public void remove(RouterId router, Ground ground) {
        // All of it ends with the namespace.
    }

    /** The addresses at the way out: the router's, then those that it answers for others. */
    static Set<Interface> outside(HostRouter router) {
        HostRouter.Uplink uplink = router.uplink();
        if (uplink == null) {
            return Set.of();
        }
        Set<Ip> own = uplink.addresses().stream().map(Interface::address).collect(Collectors.toSet());
        Set<Interface> all = new LinkedHashSet<>(uplink.addresses());
        router.floatingIps().forEach(floating -> single(floating.address(), own, all));
        router.portForwardings().forEach(forwarding -> single(forwarding.address(), own, all));
        return all;
    }

    private static void single(Ip address, Set<Ip> own, Set<Interface> all) {
        if (!own.contains(address)) {
            all.add(new Interface(address, address.bits()));
        }
    }

    private static void forgetStaleFlows(NetworkNamespace namespace, HostRouter router) throws IOException {
        try (FlowSocket flows = FlowSocket.open(namespace)) {
            flows.forget(new StaleFlows(router));
        }
    }

    private static void announce(NetworkNamespace namespace, HostRouter router, Addresses addresses)
            throws IOException {
        if (addresses.arrived.isEmpty()) {
            return;
        }
        Map<Integer, Mac> macs = addresses.links.values().stream()
                .filter(link -> link.mac() != null && link.up())
                .collect(Collectors.toMap(Link::index, Link::mac));
        try (PacketSocket socket = PacketSocket.open(namespace)) {
            for (InterfaceAddress address : addresses.arrived) {
                Mac mac = macs.get(address.link());
                if (mac != null) {
                    socket.send(address.link(), Announcement.ofRouter(mac, address.address()));
                }
            }
        }
    }

    private static List<Difference> switches(NetworkNamespace namespace, boolean set) throws IOException {
        return namespace.call(() -> {
            List<Difference> found = new ArrayList<>();
            for (Map.Entry<String, String> wanted : WANTED_SWITCHES.entrySet()) {
                Path file = SWITCHES.resolve(wanted.getKey());
                String value = Files.readString(file).strip();
                if (!value.equals(wanted.getValue())) {
                    found.add(Difference.changed(wanted.getKey() + " is " + value + ", not " + wanted.getValue()));
                    if (set) {
                        Files.writeString(file, wanted.getValue());
                    }
                }
            }
            return found;
        });
    }

    /** What has to change of the addresses, by the kernel's list of them. */
    private static final class Addresses {
        final Map<String, Link> links;
        final List<Difference> differences = new ArrayList<>();
        final List<NetlinkRequest> requests = new ArrayList<>();
        final List<InterfaceAddress> arrived = new ArrayList<>();

        Addresses(RouteSocket socket, HostRouter router) throws IOException {
            links = socket.links().stream().collect(Collectors.toMap(Link::name, Function.identity()));
            Map<InterfaceAddress, String> wanted = new LinkedHashMap<>();
            for (HostRouter.Leg leg : router.legs()) {
                want(Links.foot(leg.nic()), leg.addresses(), wanted);
            }
            if (router.uplink() != null) {
                want(UPLINK, outside(router), wanted);
            }
            Set<InterfaceAddress> there = new LinkedHashSet<>(socket.addresses());
            int loopback = index("lo");
            there.removeIf(address -> address.link() == loopback
                    || LINK_LOCAL.contains(address.address()) && !wanted.containsKey(address));
            there.stream().filter(address -> !wanted.containsKey(address)).forEach(address -> {
                differences.add(Difference.foreign("the address " + address.address() + "/" + address.prefix()));
                requests.add(AddressRequests.delete(address));
            });
            wanted.forEach((address, device) -> {
                if (!there.contains(address)) {
                    differences.add(Difference.missing(
                            "the address " + address.address() + "/" + address.prefix() + " of " + device));
                    requests.add(AddressRequests.add(address));
                    arrived.add(address);
                }
            });
        }

        private void want(String device, Iterable<Interface> addresses, Map<InterfaceAddress, String> wanted)
                throws IOException {
            int link = index(device);
            addresses.forEach(
                    address -> wanted.put(new InterfaceAddress(link, address.address(), address.prefix()), device));
        }

        int index(String device) throws IOException {
            Link link = links.get(device);
            if (link == null) {
                throw new IOException("the router's device " + device + " is not there");
            }
            return link.index();
        }
    }

    /** The same of the routes. */
    private static final class Routes {
        final List<Difference> differences = new ArrayList<>();
        final List<NetlinkRequest> requests = new ArrayList<>();

        Routes(RouteSocket socket, HostRouter router, Addresses addresses) throws IOException {
            Set<Route> wanted = new LinkedHashSet<>();
            HostRouter.Uplink uplink = router.uplink();
            if (uplink != null) {
                int index = addresses.index(UPLINK);
                uplink.gateways()
                        .forEach(gateway -> wanted.add(new Route(gateway.v6() ? ALL_6 : ALL_4, gateway, index)));
            }
            for (StaticRoute route : router.routes()) {
                int device = device(route.nextHop(), router, addresses);
                if (device != 0) {
                    wanted.add(new Route(route.destination(), route.nextHop(), device));
                } else {
                    differences.add(Difference.missing("a leg towards " + route.nextHop()
                            + ", the next hop of the route to " + route.destination()));
                }
            }
            Set<Route> there = new LinkedHashSet<>(socket.routes());
            there.stream().filter(route -> !wanted.contains(route)).forEach(route -> {
                differences.add(Difference.foreign("the route to " + route.destination() + " by " + route.via()));
                requests.add(AddressRequests.delete(route));
            });
            wanted.stream().filter(route -> !there.contains(route)).forEach(route -> {
                differences.add(Difference.missing("the route to " + route.destination() + " by " + route.via()));
                requests.add(AddressRequests.add(route));
            });
        }

        private static int device(Ip nextHop, HostRouter router, Addresses addresses) throws IOException {
            for (HostRouter.Leg leg : router.legs()) {
                if (behind(nextHop, leg.addresses())) {
                    return addresses.index(Links.foot(leg.nic()));
                }
            }
            return router.uplink() != null && behind(nextHop, router.uplink().addresses())
                    ? addresses.index(UPLINK)
                    : 0;
        }

        private static boolean behind(Ip address, List<Interface> addresses) {
            return addresses.stream().anyMatch(own -> RouterRules.range(own).contains(address));
        }
    }
}
