package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.kernel.TapDevice;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.BridgePort;
import dev.yado.kernel.netlink.ForwardingEntry;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.Neighbour;
import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.network.service.AddressService;
import dev.yado.network.service.DhcpClient;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Somebody else's hands in a network that carries guests. */
@Timeout(60)
class DriftTest {
    private static final Mac STRANGER = new Mac("52:54:00:66:66:66");
    private static final Ip ELSEWHERE = Ip.parse("192.0.2.66");

    @TempDir
    Path directory;

    private TestingCloud cloud;
    private TestingCloud.Host east;
    private TestingCloud.Host west;
    private Port here;
    private Port there;
    private HostNetwork network;
    private TestingGuest a;
    private TestingGuest b;

    @BeforeEach
    void twoHostsWithAGuestEach() throws IOException {
        cloud = new TestingCloud(directory);
        east = cloud.host();
        west = cloud.host();
        here = cloud.card(east);
        there = cloud.card(west);
        network = TestingCloud.network(4711, here, there);
        east.applies(network);
        west.applies(network);
        a = east.starts(network, here);
        b = west.starts(network, there);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (cloud != null) {
            cloud.close();
        }
    }

    private void theyTalk() throws IOException {
        a.sends(Frames.arpRequest(a.mac(), a.ip(), b.ip()));
        assertThat(a.gets(frame -> Frames.isArpReply(frame, b.ip(), b.mac()))).isTrue();
        a.says("hello", b);
        assertThat(b.hears("hello")).isTrue();
        b.says("hello yourself", a);
        assertThat(a.hears("hello yourself")).isTrue();
    }

    @Test
    void nothingIsChangedWhereNothingDiffers() throws IOException {
        assertThat(east.applies(network)).isEmpty();
        assertThat(east.driver.differences(east.seen(network))).isEmpty();
        theyTalk();
    }

    @FunctionalInterface
    interface Tampering {
        List<NetlinkRequest> with(RouteSocket inside, Port here, Port there) throws IOException;
    }

    static Stream<Arguments> tamperings() {
        return Stream.of(
                tampering(
                        Difference.Kind.MISSING,
                        "the bridge",
                        (inside, _, _) -> List.of(
                                LinkRequests.delete(inside.link(Links.BRIDGE).orElseThrow()))),
                tampering(
                        Difference.Kind.MISSING,
                        "the tunnel to other hosts",
                        (inside, _, _) -> List.of(
                                LinkRequests.delete(inside.link(Links.TUNNEL).orElseThrow()))),
                tampering(
                        Difference.Kind.CHANGED,
                        "the bridge port tap",
                        (inside, here, _) -> List.of(LinkRequests.master(index(inside, Links.tap(here.id())), 0))),
                tampering(
                        Difference.Kind.CHANGED,
                        "the bridge port vx0, which was down",
                        (inside, _, _) -> List.of(LinkRequests.down(index(inside, Links.TUNNEL)))),
                tampering(
                        Difference.Kind.CHANGED,
                        "the bridge port vx0, which had other flags",
                        (inside, _, _) -> List.of(LinkRequests.port(
                                index(inside, Links.TUNNEL), new BridgePort(true, true, true, true, false)))),
                tampering(
                        Difference.Kind.CHANGED,
                        "the MTU of the bridge, which was 1300",
                        (inside, _, _) -> List.of(LinkRequests.mtu(index(inside, Links.BRIDGE), 1300))),
                tampering(
                        Difference.Kind.MISSING,
                        "the forwarding entry of",
                        (inside, _, there) -> List.of(AddressRequests.delete(new ForwardingEntry.OfTunnel(
                                there.mac(),
                                index(inside, Links.TUNNEL),
                                Objects.requireNonNull(there.place()).tunnelEndpoint())))),
                tampering(
                        Difference.Kind.CHANGED,
                        "the forwarding entry of",
                        (inside, _, there) -> List.of(AddressRequests.add(
                                new ForwardingEntry.OfTunnel(there.mac(), index(inside, Links.TUNNEL), ELSEWHERE)))),
                tampering(
                        Difference.Kind.FOREIGN,
                        "the tunnel entry of " + STRANGER + " to " + ELSEWHERE,
                        (inside, _, _) -> List.of(AddressRequests.add(
                                new ForwardingEntry.OfTunnel(STRANGER, index(inside, Links.TUNNEL), ELSEWHERE)))),
                tampering(
                        Difference.Kind.FOREIGN,
                        "the tunnel entry of all unknown cards",
                        (inside, _, _) -> List.of(AddressRequests.add(
                                new ForwardingEntry.Flood(index(inside, Links.TUNNEL), ELSEWHERE)))),
                tampering(
                        Difference.Kind.MISSING,
                        "the neighbour",
                        (inside, _, there) -> List.of(AddressRequests.delete(new Neighbour(
                                index(inside, Links.BRIDGE), there.addresses().getFirst(), there.mac())))),
                tampering(
                        Difference.Kind.FOREIGN,
                        "the neighbour 10.0.0.66",
                        (inside, _, _) -> List.of(AddressRequests.add(
                                new Neighbour(index(inside, Links.BRIDGE), Ip.parse("10.0.0.66"), STRANGER)))),
                tampering(
                        Difference.Kind.MISSING,
                        "the service address 10.0.0.2/24",
                        (inside, _, _) -> List.of(AddressRequests.delete(
                                new InterfaceAddress(index(inside, Links.BRIDGE), Ip.parse("10.0.0.2"), 24)))),
                tampering(
                        Difference.Kind.FOREIGN,
                        "the address 10.0.0.77/24",
                        (inside, _, _) -> List.of(AddressRequests.add(
                                new InterfaceAddress(index(inside, Links.BRIDGE), Ip.parse("10.0.0.77"), 24)))),
                tampering(
                        Difference.Kind.FOREIGN,
                        "the bridge port spy0",
                        (inside, _, _) -> List.of(
                                LinkRequests.add("spy0", new LinkKind.Veth("spy1"), 1450, null),
                                LinkRequests.masterUp("spy0", index(inside, Links.BRIDGE)))));
    }

    private static Arguments tampering(Difference.Kind kind, String what, Tampering tampering) {
        return Arguments.of(kind, what, tampering);
    }

    private static int index(RouteSocket inside, String name) throws IOException {
        return TestingCloud.index(inside, name);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("tamperings")
    void whatSomebodyChangedIsNamedThenMended(Difference.Kind kind, String what, Tampering tampering)
            throws IOException {
        try (RouteSocket inside = east.inside(network)) {
            inside.run(tampering.with(inside, here, there));
        }

        assertThat(east.driver.differences(east.seen(network)))
                .anySatisfy(difference -> isNamed(difference, kind, what));
        assertThat(east.applies(network)).anySatisfy(difference -> isNamed(difference, kind, what));

        assertThat(east.driver.differences(east.seen(network))).isEmpty();
        theyTalk();
    }

    private static void isNamed(Difference difference, Difference.Kind kind, String what) {
        assertThat(difference.kind()).isEqualTo(kind);
        assertThat(difference.detail()).startsWith(what);
    }

    /** dnsmasq has the kernel know a guest without an address by its station, instead of by what was said for good. */
    @Test
    void aGuestThatIsLentItsAddressHasMeddledWithNothing() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (ProcessWatcher watcher = ProcessWatcher.start()) {
            TestingCloud.Host lending =
                    cloud.host(new AddressService(watcher, AddressService.find().orElseThrow(), "nobody"));
            Port card = cloud.card(lending);
            HostNetwork lent = TestingCloud.network(4712, card);
            lending.applies(lent);
            try {
                leased(lending.starts(lent, card));

                assertThat(lending.driver.differences(lending.seen(lent)))
                        .containsExactly(Difference.worn(
                                "the neighbour " + card.addresses().getFirst() + " at " + card.mac()));
                lending.applies(lent);
                assertThat(lending.driver.differences(lending.seen(lent))).isEmpty();
            } finally {
                assertThat(lending.driver.remove(lent.id()).problem()).isNull();
            }
        }
    }

    /** Asks as often as it takes. */
    private static void leased(TestingGuest guest) throws IOException {
        DhcpClient client = DhcpClient.ofUnicasts(guest.tap(), guest.mac());
        Optional<DhcpClient.Answer> offer = Optional.empty();
        while (offer.isEmpty()) {
            client.send(DhcpClient.DISCOVER, Optional.empty());
            offer = client.answer(Duration.ofSeconds(1));
        }
        assertThat(offer.get().address()).isEqualTo(guest.ip());
    }

    @Test
    void aSwitchOfTheKernelIsSetBack() throws IOException {
        try (NetworkNamespace inside =
                NetworkNamespace.open(east.namespaceFile(network)).orElseThrow()) {
            inside.call(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1"));
        }

        assertThat(east.applies(network))
                .singleElement()
                .satisfies(difference -> assertThat(difference.detail()).contains("net/ipv4/ip_forward"));
        assertThat(east.applies(network)).isEmpty();
    }

    @Test
    void theNameOfANamespaceIsGivenBackWithTheGuestsInIt() throws IOException {
        NetworkNamespace.forget(east.namespaceFile(network));

        assertThat(east.driver.differences(east.seen(network)))
                .containsExactly(
                        Difference.missing("the name of its network namespace, " + east.namespaceFile(network)));
        assertThat(east.applies(network)).hasSize(1);

        assertThat(east.driver.differences(east.seen(network))).isEmpty();
        theyTalk();
    }

    @Test
    void aCardThatMayNotBeHereAnyMoreIsOutOfTheBridge() throws IOException {
        HostNetwork without = TestingCloud.with(network, List.of(there));

        assertThat(east.applies(without))
                .contains(Difference.foreign("the bridge port " + Links.tap(here.id()) + " of the card " + here.id()));

        try (RouteSocket inside = east.inside(network)) {
            assertThat(inside.link(Links.tap(here.id())).orElseThrow().master()).isZero();
        }
    }

    @Test
    void aStrangersTapInThePlaceOfACardKeepsTheCardOutUntilItIsDetached() throws IOException {
        a.close();
        try (NetworkNamespace inside =
                        NetworkNamespace.open(east.namespaceFile(network)).orElseThrow();
                TapDevice stranger =
                        TapDevice.create(inside, Links.tap(here.id())).orElseThrow()) {
            assertThat(stranger.name()).isEqualTo(Links.tap(here.id()));
            assertThatThrownBy(() -> east.starts(network, here))
                    .isInstanceOfSatisfying(
                            HostRefusal.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));

            east.driver.detach(network.id(), here.id());
        }

        a = east.starts(network, here);
        theyTalk();
    }
}
