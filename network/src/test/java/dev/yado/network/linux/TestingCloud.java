package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.security.auth.module.UnixSystem;
import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Applied;
import dev.yado.network.Difference;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Hosts on one wire: each has an underlay namespace of its own with eth0 and a bridge br-ext to the data centre, and a driver. */
final class TestingCloud implements AutoCloseable {
    static final int MTU = 1450;
    private static final LinkKind.Bridge PLAIN = new LinkKind.Bridge(false, false, false, false);

    final Path directory;
    final NetworkNamespace wire;
    final RouteSocket switches;
    private final List<Host> hosts = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private int cards;

    TestingCloud(Path directory) throws IOException {
        assumeTrue(isRoot(), "needs root: only it makes network namespaces");
        this.directory = directory;
        Path file = directory.resolve("wire");
        files.add(file);
        this.wire = NetworkNamespace.create(file);
        this.switches = RouteSocket.open(wire);
        for (String name : List.of("underlay", "external")) {
            switches.run(LinkRequests.add(name, PLAIN, 1500, null));
            switches.run(LinkRequests.up(index(switches, name)));
        }
    }

    static boolean isRoot() {
        return new UnixSystem().getUid() == 0;
    }

    static int index(RouteSocket socket, String name) throws IOException {
        return socket.link(name).orElseThrow().index();
    }

    /** @param parts of its driver */
    Host host(NetworkPart... parts) throws IOException {
        return host(new Addresses(), parts);
    }

    Host host(RouterPart routing, NetworkPart... parts) throws IOException {
        int number = hosts.size() + 1;
        Path file = directory.resolve("underlay-" + number);
        files.add(file);
        NetworkNamespace underlay = NetworkNamespace.create(file);
        RouteSocket socket = RouteSocket.open(underlay);
        socket.run(LinkRequests.add("br-ext", PLAIN, 1500, null));
        plug(underlay, socket, "eth0", "underlay", number);
        plug(underlay, socket, "ext0", "external", number);
        socket.run(LinkRequests.master(index(socket, "ext0"), index(socket, "br-ext")));
        for (Link link : socket.links()) {
            socket.run(LinkRequests.up(link.index()));
        }
        Carrier.await(socket, List.of("eth0", "ext0", "br-ext"));
        Carrier.await(switches, List.of("underlay", "external", "uport" + number, "eport" + number));
        Ip endpoint = Ip.parse("192.0.2." + number);
        socket.run(AddressRequests.add(new InterfaceAddress(index(socket, "eth0"), endpoint, 24)));
        Host host = new Host(
                file, underlay, socket, endpoint, directory.resolve("host-" + number), routing, List.of(parts));
        hosts.add(host);
        host.start();
        return host;
    }

    private void plug(NetworkNamespace underlay, RouteSocket socket, String name, String to, int number)
            throws IOException {
        String far = to.charAt(0) + "port" + number;
        switches.run(LinkRequests.addPair(
                new LinkRequests.End(far, 1500, null), underlay, new LinkRequests.End(name, 1500, null)));
        switches.run(LinkRequests.masterUp(far, index(switches, to)));
    }

    /** A card of a guest on that host, with an IPv4 and an IPv6 address. */
    Port card(Host host) {
        int number = ++cards;
        return new Port(
                NicId.random(),
                VmId.random(),
                new Mac("52:54:00:00:00:%02x".formatted(number)),
                List.of(Ip.parse("10.0.0." + (10 + number)), Ip.parse("fd00::" + Integer.toHexString(0x10 + number))),
                "guest-" + number,
                new Port.Place(true, host.endpoint),
                List.of(),
                List.of(),
                true,
                null);
    }

    static HostNetwork network(int vni, Port... ports) {
        return network(new Segment.Overlay(vni), ports);
    }

    static HostNetwork network(Segment segment, Port... ports) {
        return new HostNetwork(
                NetworkId.random(),
                TenantId.random(),
                "blue",
                1,
                segment,
                MTU,
                subnets(),
                List.of(ports),
                List.of(),
                List.of());
    }

    private static List<Subnet> subnets() {
        return List.of(
                new Subnet(
                        Cidr.parse("10.0.0.0/24"),
                        Ip.parse("10.0.0.2"),
                        Ip.parse("10.0.0.1"),
                        true,
                        List.of(),
                        List.of()),
                new Subnet(Cidr.parse("fd00::/64"), Ip.parse("fd00::2"), null, true, List.of(), List.of()));
    }

    static HostNetwork with(HostNetwork network, List<Port> ports) {
        return new HostNetwork(
                network.id(),
                network.tenantId(),
                network.name(),
                network.generation() + 1,
                network.segment(),
                network.mtu(),
                network.subnets(),
                ports,
                network.groups(),
                network.groupMembers());
    }

    static HostNetwork withMtu(HostNetwork network, int mtu) {
        return new HostNetwork(
                network.id(),
                network.tenantId(),
                network.name(),
                network.generation() + 1,
                network.segment(),
                mtu,
                network.subnets(),
                network.ports(),
                network.groups(),
                network.groupMembers());
    }

    @Override
    public void close() throws IOException {
        for (Host host : hosts) {
            host.end();
        }
        switches.close();
        wire.close();
        for (Path file : files) {
            NetworkNamespace.forget(file);
        }
    }

    /** One host; what it is told of a port is what the controller would tell it. */
    static final class Host {
        final Path underlayFile;
        final RouteSocket underlay;
        final Ip endpoint;
        final Path state;
        private final NetworkNamespace namespace;
        private final List<NetworkPart> parts;
        private final RouterPart routing;
        private final List<TestingGuest> guests = new ArrayList<>();
        LinuxDriver driver;

        private Host(
                Path underlayFile,
                NetworkNamespace namespace,
                RouteSocket underlay,
                Ip endpoint,
                Path state,
                RouterPart routing,
                List<NetworkPart> parts)
                throws IOException {
            this.underlayFile = underlayFile;
            this.namespace = namespace;
            this.underlay = underlay;
            this.endpoint = endpoint;
            this.state = state;
            this.parts = parts;
            this.routing = routing;
            this.driver = opened();
        }

        private LinuxDriver opened() throws IOException {
            Underlay under = Underlay.open(underlayFile, endpoint, Underlay.DEFAULT_PORT, Map.of("dc", "br-ext"));
            return new LinuxDriver(under, state, parts, routing);
        }

        private void start() {
            assertThat(driver.facts().problem()).isNull();
        }

        /** As the daemon's process ends and another begins; guests go on. */
        void restartDaemon() throws IOException {
            driver.close();
            driver = opened();
        }

        HostNetwork seen(HostNetwork network) {
            return with(network, network.ports().stream().map(this::seen).toList());
        }

        private Port seen(Port port) {
            Port.Place place = port.place();
            return place == null
                    ? port
                    : new Port(
                            port.id(),
                            port.vm(),
                            port.mac(),
                            port.addresses(),
                            port.hostname(),
                            new Port.Place(endpoint.equals(place.tunnelEndpoint()), place.tunnelEndpoint()),
                            port.alsoAllowed(),
                            port.groups(),
                            port.filtered(),
                            port.qos());
        }

        List<Difference> applies(HostNetwork network) {
            Applied applied = driver.apply(seen(network));
            assertThat(applied.problem()).isNull();
            return applied.changed();
        }

        List<Difference> applies(HostRouter router) {
            Applied applied = driver.apply(router);
            assertThat(applied.problem()).isNull();
            return applied.changed();
        }

        TestingGuest starts(HostNetwork network, Port port) {
            TestingGuest guest = new TestingGuest(
                    port, driver.attach(seen(network), port.id()).tap());
            guests.add(guest);
            return guest;
        }

        Path namespaceFile(HostNetwork network) {
            return state.resolve("network/" + network.id() + "/netns");
        }

        /** The kernel's side of a network, for looking and for tampering. */
        RouteSocket inside(HostNetwork network) throws IOException {
            try (NetworkNamespace inside =
                    NetworkNamespace.open(namespaceFile(network)).orElseThrow()) {
                return RouteSocket.open(inside);
            }
        }

        private void end() throws IOException {
            guests.forEach(TestingGuest::close);
            for (RouterId router : driver.carried().routers()) {
                assertThat(driver.remove(router).problem()).isNull();
            }
            for (NetworkId network : driver.carried().networks()) {
                assertThat(driver.remove(network).problem()).isNull();
            }
            driver.close();
            underlay.close();
            namespace.close();
        }
    }

    /** A router that answers at its addresses and routes nothing. */
    static final class Addresses implements RouterPart {
        @Override
        public List<Difference> apply(Ground ground, HostRouter router) throws IOException {
            try (RouteSocket socket = RouteSocket.open(ground.namespace())) {
                for (HostRouter.Leg leg : router.legs()) {
                    int foot = index(socket, Links.foot(leg.nic()));
                    for (Interface address : leg.addresses()) {
                        socket.run(
                                AddressRequests.add(new InterfaceAddress(foot, address.address(), address.prefix())));
                    }
                }
            }
            return List.of();
        }

        @Override
        public List<Difference> differences(Ground ground, HostRouter router) {
            return List.of();
        }

        @Override
        public void remove(RouterId router, Ground ground) {}
    }
}
