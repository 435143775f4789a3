package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Applied;
import dev.yado.network.Difference;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a network's first port to its end. */
@Timeout(60)
class LifeTest {
    @TempDir
    Path directory;

    private TestingCloud cloud;
    private TestingCloud.Host host;
    private Port port;
    private HostNetwork network;

    @BeforeEach
    void aHost() throws IOException {
        cloud = new TestingCloud(directory);
        host = cloud.host();
        port = cloud.card(host);
        network = TestingCloud.network(4711, port);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (cloud != null) {
            cloud.close();
        }
    }

    @Test
    void nothingIsLeftOfAllThatIsRemoved() throws IOException {
        List<String> linksBefore = names(host.underlay);
        HostNetwork flat = TestingCloud.network(new Segment.Flat("dc"), cloud.card(host));
        NicId nic = NicId.random();
        HostRouter router = new HostRouter(
                RouterId.random(),
                network.tenantId(),
                "out",
                1,
                List.of(new HostRouter.Leg(nic, network.id(), new Mac("52:54:00:aa:00:01"), List.of())),
                new HostRouter.Uplink(
                        new Segment.Flat("dc"), new Mac("52:54:00:aa:00:02"), 1500, List.of(), List.of(), true),
                List.of(),
                List.of(),
                List.of());
        host.applies(network);
        host.applies(flat);
        host.applies(router);
        host.starts(network, port);
        assertThat(names(host.underlay)).hasSize(linksBefore.size() + 2);

        for (Applied removed : List.of(
                host.driver.remove(router.id()), host.driver.remove(flat.id()), host.driver.remove(network.id()))) {
            assertThat(removed.problem()).isNull();
        }

        assertThat(names(host.underlay)).isEqualTo(linksBefore);
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(host.state.toString());
        assertThat(host.state.resolve("network")).isEmptyDirectory();
        assertThat(host.state.resolve("router")).isEmptyDirectory();
        assertThat(host.driver.carried().networks()).isEmpty();
        // The tunnel's number is free again at once.
        host.applies(network);
    }

    private static List<String> names(RouteSocket socket) throws IOException {
        return socket.links().stream().map(Link::name).toList();
    }

    @Test
    void networksAndGuestsGoOnWithoutTheDaemon() throws IOException {
        Port other = cloud.card(host);
        network = TestingCloud.with(network, List.of(port, other));
        host.applies(network);
        TestingGuest a = host.starts(network, port);
        TestingGuest b = host.starts(network, other);

        host.driver.close();
        a.says("nobody minds us", b);
        assertThat(b.hears("nobody minds us")).isTrue();

        host.restartDaemon();
        assertThat(host.driver.carried().cards()).isEqualTo(Map.of(port.id(), network.id(), other.id(), network.id()));
        assertThat(host.applies(network)).isEmpty();
    }

    @Test
    void aCardCanBePluggedInAgainOnlyWhenItsProcessIsGone() throws IOException {
        host.applies(network);
        TestingGuest first = host.starts(network, port);

        assertThatThrownBy(() -> host.starts(network, port))
                .isInstanceOfSatisfying(
                        HostRefusal.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        first.close();

        assertThat(host.driver.carried().cards()).isEmpty();
        host.starts(network, port);
    }

    @Test
    void aCardOfNoNetworkHereIsNotFound() {
        assertThatThrownBy(() -> host.starts(network, port))
                .isInstanceOfSatisfying(
                        HostRefusal.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND))
                .hasMessageContaining("is not on this host");
    }

    /** Rules that hold, or do not, and a note of what the kernel had when they were made. */
    private static final class Rules implements NetworkPart {
        private final List<String> seen = new ArrayList<>();
        private boolean broken;

        @Override
        public List<Difference> apply(Ground ground, HostNetwork network) throws IOException {
            if (broken) {
                throw new IOException("the rules cannot be made");
            }
            return List.of();
        }

        @Override
        public List<Difference> differences(Ground ground, HostNetwork network) {
            return List.of();
        }

        @Override
        public void plug(Ground ground, HostNetwork network, Port port, String device) throws IOException {
            try (RouteSocket socket = RouteSocket.open(ground.namespace())) {
                Link link = socket.link(device).orElseThrow();
                seen.add((link.up() ? "up" : "down") + " " + (link.master() == 0 ? "apart" : "in the bridge"));
            }
            apply(ground, network);
        }

        @Override
        public void remove(NetworkId network, Ground ground) {
            seen.add("removed");
        }
    }

    @Test
    void noPacketPassesBeforeTheRulesHold() throws IOException {
        Rules rules = new Rules();
        TestingCloud.Host ruled = cloud.host(rules);
        Port card = cloud.card(ruled);
        HostNetwork here = TestingCloud.network(4712, card);

        rules.broken = true;
        assertThat(ruled.driver.apply(ruled.seen(here)).problem()).isEqualTo("the rules cannot be made");
        try (RouteSocket inside = ruled.inside(here)) {
            assertThat(inside.link(Links.TUNNEL).orElseThrow().up()).isFalse();
        }
        assertThatThrownBy(() -> ruled.starts(here, card)).hasMessageContaining("the rules cannot be made");
        assertThat(ruled.driver.carried().cards()).isEmpty();

        rules.broken = false;
        ruled.applies(here);
        ruled.starts(here, card);
        ruled.driver.remove(here.id());
        assertThat(rules.seen).containsExactly("down apart", "down apart", "removed");
    }

    @Test
    void packetsThatDoNotFitIntoTheTunnelAreAProblemWithItsNumbers() {
        Applied applied = host.driver.apply(host.seen(TestingCloud.withMtu(network, 1451)));

        assertThat(applied.problem())
                .contains("1451 bytes do not fit into the tunnel over eth0, whose MTU of 1500 leaves 1450");
    }

    @Test
    void aProviderNetworkThatTheHostDoesNotReachIsAProblem() {
        Applied applied = host.driver.apply(TestingCloud.network(new Segment.Flat("elsewhere")));

        assertThat(applied.problem()).contains("no way to the provider network elsewhere");
    }

    @Test
    void aKernelWithoutVlansIsAProblemThatSaysWhatToLoad() throws IOException {
        try {
            cloud.switches.run(LinkRequests.add(
                    "probe", new LinkKind.Vlan(TestingCloud.index(cloud.switches, "external"), 7), 1500, null));
        } catch (IOException e) {
            Applied applied = host.driver.apply(host.seen(TestingCloud.network(new Segment.Vlan("dc", 7), port)));
            assertThat(applied.problem()).contains("8021q");
            return;
        }
        assumeFalse(true, "this kernel has VLAN devices");
    }

    @Test
    void aTunnelNumberThatIsTakenIsAProblemThatSaysSo() throws IOException {
        host.applies(network);

        assertThat(host.driver.apply(host.seen(TestingCloud.network(4711))).problem())
                .contains("4711");
    }

    @Test
    void saysWhatItCanDo() {
        assertThat(host.driver.facts().driver()).isEqualTo("linux");
        assertThat(host.driver.facts().tunnelEndpoint()).isEqualTo(host.endpoint);
        assertThat(host.driver.facts().underlayMtu()).isEqualTo(1500);
        assertThat(host.driver.facts().providers()).containsExactly("dc");
    }

    @Test
    void followsAPacketToWhereItStops() throws IOException {
        Port far = cloud.card(cloud.host());
        HostNetwork both = TestingCloud.with(network, List.of(port, far));
        host.applies(both);
        host.starts(both, port);
        PacketTrace.Question question = new PacketTrace.Question(
                network.id(),
                port.id(),
                SecurityRule.Direction.OUT,
                port.addresses().getFirst(),
                far.addresses().getFirst(),
                SecurityRule.Protocol.TCP,
                22);

        assertThat(host.driver.trace(question, host.seen(both)).hops())
                .extracting(PacketTrace.Hop::place, PacketTrace.Hop::real)
                .containsExactly(tuple("card", Verdict.PASS), tuple("forwarding", Verdict.PASS));

        try (RouteSocket inside = host.inside(both)) {
            inside.run(LinkRequests.delete(inside.link(Links.TUNNEL).orElseThrow()));
        }
        assertThat(host.driver.trace(question, host.seen(both)).hops()).last().satisfies(hop -> {
            assertThat(hop.wanted()).isEqualTo(Verdict.PASS);
            assertThat(hop.real()).isEqualTo(Verdict.DROP);
            assertThat(hop.detail()).contains("no forwarding entry");
        });
    }

    @Test
    void tellsOfAnAddressThatNoCardHas() throws IOException {
        host.applies(network);
        PacketTrace.Question question = new PacketTrace.Question(
                network.id(),
                port.id(),
                SecurityRule.Direction.OUT,
                port.addresses().getFirst(),
                Ip.parse("10.0.0.200"),
                SecurityRule.Protocol.ICMP,
                null);

        assertThat(host.driver.trace(question, host.seen(network)).hops())
                .last()
                .satisfies(hop -> assertThat(hop.wanted()).isEqualTo(Verdict.DROP));
    }
}
