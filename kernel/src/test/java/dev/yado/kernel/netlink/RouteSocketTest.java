package dev.yado.kernel.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.sys.Credentials;
import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.SystemCallException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteSocketTest {
    private static final Mac MAC = new Mac("52:54:00:00:00:01");
    private static final Ip REMOTE = Ip.parse("192.0.2.7");
    private static final LinkKind.Bridge BRIDGE = new LinkKind.Bridge(true, true, false, false);

    @TempDir
    Path directory;

    private final List<Path> files = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private RouteSocket socket;

    @BeforeEach
    void ofANamespaceOfItsOwn() throws IOException {
        assumeTrue(Credentials.effectiveUid() == 0, "needs root: only it makes network namespaces");
        socket = socketOf(namespace("here"));
    }

    @AfterEach
    void leaveNothing() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
        for (Path file : files) {
            NetworkNamespace.forget(file);
        }
    }

    private NetworkNamespace namespace(String name) throws IOException {
        Path file = directory.resolve(name);
        files.add(file);
        NetworkNamespace namespace = NetworkNamespace.create(file);
        opened.add(namespace);
        return namespace;
    }

    private RouteSocket socketOf(NetworkNamespace namespace) throws IOException {
        RouteSocket made = RouteSocket.open(namespace);
        opened.add(made);
        return made;
    }

    private Link made(String name, LinkKind kind) throws IOException {
        socket.run(LinkRequests.add(name, kind, 1450, null));
        return socket.link(name).orElseThrow();
    }

    @Test
    void readsALinkAsItWasMade() throws IOException {
        socket.run(LinkRequests.add("br0", BRIDGE, 1442, MAC));

        Link link = socket.link("br0").orElseThrow();
        assertThat(link.kind()).isEqualTo(BRIDGE);
        assertThat(link.mtu()).isEqualTo(1442);
        assertThat(link.mac()).isEqualTo(MAC);
        assertThat(link.up()).isFalse();
        assertThat(socket.links()).extracting(Link::name).containsExactlyInAnyOrder("lo", "br0");
    }

    @Test
    void saysWhatWasAskedAndWhatTheKernelAnswered() throws IOException {
        made("br0", BRIDGE);

        assertThatThrownBy(() -> socket.run(LinkRequests.add("br0", BRIDGE, 1450, null)))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST))
                .hasMessageContaining("add link br0: EEXIST (File exists)");
        assertThatThrownBy(() ->
                        socket.run(LinkRequests.add("x", new LinkKind.Vxlan(0x2000000, REMOTE, 4789), 1450, null)))
                .hasMessageContaining("add link x: ERANGE")
                .hasMessageMatching(".*\\): .+"); // the kernel's own words follow its number
    }

    @Test
    void makesATunnelWhoseSocketStaysWhereItWasAskedFor() throws IOException {
        NetworkNamespace other = namespace("other");
        LinkKind.Vxlan tunnel = new LinkKind.Vxlan(4711, Ip.parse("192.0.2.1"), 4789);

        socket.run(LinkRequests.addInto(other, "vx0", tunnel, 1450, null));

        assertThat(socket.link("vx0")).isEmpty();
        assertThat(socketOf(other).link("vx0").orElseThrow().kind()).isEqualTo(tunnel);
    }

    @Test
    void makesAPairAcrossNamespaces() throws IOException {
        NetworkNamespace other = namespace("other");

        socket.run(LinkRequests.addPair(
                new LinkRequests.End("near", 1500, null), other, new LinkRequests.End("far", 1400, MAC)));

        assertThat(socket.link("near").orElseThrow().kind()).isInstanceOf(LinkKind.Veth.class);
        Link far = socketOf(other).link("far").orElseThrow();
        assertThat(far.mac()).isEqualTo(MAC);
        assertThat(far.mtu()).isEqualTo(1400);
    }

    @Test
    void setsWhatABridgeDoesAtAPort() throws IOException {
        Link bridge = made("br0", BRIDGE);
        Link port = made("d0", new LinkKind.Veth("d1"));
        BridgePort flags = new BridgePort(false, false, true, false, true);

        socket.run(List.of(LinkRequests.master(port.index(), bridge.index()), LinkRequests.port(port.index(), flags)));

        Link now = socket.link("d0").orElseThrow();
        assertThat(now.master()).isEqualTo(bridge.index());
        assertThat(now.port()).isEqualTo(flags);
    }

    @Test
    void tellsBridgeAndTunnelOfAStationInOneRequestAndFollowsItWhenItMoves() throws IOException {
        Link bridge = made("br0", BRIDGE);
        Link tunnel = made("vx0", new LinkKind.Vxlan(1, Ip.parse("192.0.2.1"), 4789));
        socket.run(LinkRequests.master(tunnel.index(), bridge.index()));

        socket.run(AddressRequests.add(new ForwardingEntry.OfTunnel(MAC, tunnel.index(), REMOTE)));
        assertThat(socket.forwardingEntries())
                .contains(
                        new ForwardingEntry.OfBridge(MAC, tunnel.index(), false),
                        new ForwardingEntry.OfTunnel(MAC, tunnel.index(), REMOTE));

        Ip elsewhere = Ip.parse("192.0.2.8");
        socket.run(AddressRequests.add(new ForwardingEntry.OfTunnel(MAC, tunnel.index(), elsewhere)));
        assertThat(socket.forwardingEntries())
                .filteredOn(ForwardingEntry.OfTunnel.class::isInstance)
                .containsExactly(new ForwardingEntry.OfTunnel(MAC, tunnel.index(), elsewhere));
    }

    @Test
    void seesAnEntryThatWouldFlood() throws IOException {
        Link tunnel = made("vx0", new LinkKind.Vxlan(1, Ip.parse("192.0.2.1"), 4789));
        ForwardingEntry flood = new ForwardingEntry.Flood(tunnel.index(), REMOTE);

        socket.run(AddressRequests.add(flood));
        assertThat(socket.forwardingEntries()).contains(flood);

        socket.run(AddressRequests.delete(flood));
        assertThat(socket.forwardingEntries()).doesNotContain(flood);
    }

    @Test
    void doesThousandsInABatchAndNamesTheOneThatFailed() throws IOException {
        Link bridge = made("br0", BRIDGE);
        List<NetlinkRequest> requests = new ArrayList<>();
        IntStream.range(0, 5000)
                .mapToObj(
                        i -> new Neighbour(bridge.index(), Ip.parse("10.0.0.0").plus(i), MAC))
                .map(AddressRequests::add)
                .forEach(requests::add);
        requests.set(1234, AddressRequests.add(new Neighbour(4711, REMOTE, MAC)));

        assertThat(socket.failuresOf(requests))
                .singleElement()
                .satisfies(e -> assertThat(e).hasMessageContaining("add neighbour " + REMOTE));
        assertThat(socket.neighbours(bridge.index())).hasSize(4999);
        assertThat(socket.neighbours(made("br1", BRIDGE).index())).isEmpty();
    }

    @Test
    void givesAddressesAndRoutesAndTakesThemBack() throws IOException {
        Link link = made("d0", new LinkKind.Veth("d1"));
        socket.run(LinkRequests.up(link.index()));
        var v4 = new InterfaceAddress(link.index(), Ip.parse("10.1.2.3"), 24);
        var v6 = new InterfaceAddress(link.index(), Ip.parse("fd00::1"), 64);
        var route = new Route(Cidr.parse("0.0.0.0/0"), Ip.parse("10.1.2.1"), link.index());

        socket.run(List.of(AddressRequests.add(v4), AddressRequests.add(v6), AddressRequests.add(route)));
        assertThat(socket.addresses()).contains(v4, v6);
        assertThat(socket.routes()).containsExactly(route);

        socket.run(List.of(AddressRequests.delete(route), AddressRequests.delete(v4), AddressRequests.delete(v6)));
        assertThat(socket.addresses()).doesNotContain(v4, v6);
        assertThat(socket.routes()).isEmpty();
    }
}
