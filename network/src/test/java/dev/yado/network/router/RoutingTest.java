package dev.yado.network.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.TapDevice;
import dev.yado.network.Difference;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.RouterPart;
import dev.yado.network.nft.Frames;
import dev.yado.network.nft.TestingBridge;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.HostRouter.FloatingIp;
import dev.yado.protocol.network.HostRouter.Leg;
import dev.yado.protocol.network.HostRouter.PortForwarding;
import dev.yado.protocol.network.HostRouter.Uplink;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule.Protocol;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.StaticRoute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A router between two networks and the outside, all three of which are the test. */
class RoutingTest {
    private static final Mac GUEST = new Mac("02:00:00:00:00:11");
    private static final Mac WORLD = new Mac("02:00:00:00:00:99");
    private static final Ip A = Ip.parse("10.1.0.5");
    private static final Ip A6 = Ip.parse("fd01::5");
    private static final Ip B = Ip.parse("10.2.0.5");
    private static final Ip B6 = Ip.parse("fd02::5");
    private static final Ip NEIGHBOUR_OF_A = Ip.parse("10.1.0.6");
    private static final Ip FAR = Ip.parse("203.0.113.7");
    private static final Ip FAR6 = Ip.parse("2001:db8:1::7");
    private static final Ip OWN = Ip.parse("192.0.2.2");
    private static final Ip OWN6 = Ip.parse("2001:db8::2");
    private static final Ip FLOATING = Ip.parse("192.0.2.50");
    private static final Ip FLOATING6 = Ip.parse("2001:db8::50");

    private final Leg first = leg("02:00:00:00:01:01", "10.1.0.1", "fd01::1");
    private final Leg second = leg("02:00:00:00:01:02", "10.2.0.1", "fd02::1");
    private final Mac uplinkMac = new Mac("02:00:00:00:01:03");
    private final Routing routing = new Routing();
    private final RouterId id = RouterId.random();
    private final List<TapDevice> taps = new ArrayList<>();

    @TempDir
    Path directory;

    private Path file;
    private Ground ground;
    private TapDevice net1;
    private TapDevice net2;
    private TapDevice world;

    @BeforeEach
    void makeDevices() throws IOException {
        TestingBridge.assumeRoot();
        file = directory.resolve("netns");
        ground = new Ground(NetworkNamespace.create(file), directory);
        net1 = device(Links.foot(first.nic()), first.mac());
        net2 = device(Links.foot(second.nic()), second.mac());
        world = device(RouterPart.UPLINK, uplinkMac);
        run("ip", "link", "set", "lo", "up");
    }

    private TapDevice device(String name, Mac mac) throws IOException {
        TapDevice tap = TapDevice.create(ground.namespace(), name).orElseThrow();
        taps.add(tap);
        run("ip", "link", "set", name, "address", mac.toString(), "up");
        return tap;
    }

    @AfterEach
    void leaveNothing() throws IOException {
        taps.forEach(TapDevice::close);
        if (ground != null) {
            ground.namespace().close();
            NetworkNamespace.forget(file);
        }
    }

    @Test
    void guestsReachTheWorldUnderTheRoutersAddressAndAreAnswered() throws IOException {
        apply(router(List.of(), List.of()));
        for (Ip[] pair : new Ip[][] {{A, FAR, OWN}, {A6, FAR6, OWN6}}) {
            Seen out =
                    passes(net1, first.mac(), world, pair[0], pair[1], 4000, 53).orElseThrow();
            assertThat(out.source()).isEqualTo(pair[2]);
            Seen back = passes(world, uplinkMac, net1, pair[1], pair[2], 53, out.sourcePort())
                    .orElseThrow();
            assertThat(back.destination()).isEqualTo(pair[0]);
            assertThat(back.destinationPort()).isEqualTo(4000);
        }
    }

    @Test
    void nobodyComesInUnasked() throws IOException {
        apply(router(List.of(), List.of()));
        assertThat(passes(world, uplinkMac, net1, FAR, A, 4000, 22)).isEmpty();
        assertThat(passes(world, uplinkMac, net1, FAR6, A6, 4000, 22)).isEmpty();
        assertThat(passes(world, uplinkMac, net1, FAR, OWN, 4000, 22)).isEmpty();
    }

    @Test
    void theWorldDoesNotPretendToBeInside() throws IOException {
        apply(router(List.of(new FloatingIp(FLOATING, A)), List.of()));
        assertThat(passes(world, uplinkMac, net1, B, FLOATING, 4000, 22)).isEmpty();
        assertThat(passes(net1, first.mac(), net2, FAR, B, 4000, 22))
                .as("nor a guest outside")
                .isEmpty();
        assertThat(passes(net1, first.mac(), net2, Ip.parse("10.2.0.9"), B, 4000, 22))
                .as("nor elsewhere")
                .isEmpty();
    }

    @Test
    void aFloatingAddressLeadsInAndOut() throws IOException {
        apply(router(List.of(new FloatingIp(FLOATING, A), new FloatingIp(FLOATING6, A6)), List.of()));
        for (Ip[] each : new Ip[][] {{FAR, FLOATING, A}, {FAR6, FLOATING6, A6}}) {
            Seen in = passes(world, uplinkMac, net1, each[0], each[1], 4000, 22).orElseThrow();
            assertThat(in.destination()).isEqualTo(each[2]);
            assertThat(in.source()).isEqualTo(each[0]);
            Seen answer =
                    passes(net1, first.mac(), world, each[2], each[0], 22, 4000).orElseThrow();
            assertThat(answer.source()).isEqualTo(each[1]);
            Seen out =
                    passes(net1, first.mac(), world, each[2], each[0], 5000, 80).orElseThrow();
            assertThat(out.source()).isEqualTo(each[1]);
        }
    }

    @Test
    void aFloatingAddressIsReachedFromInsideToo() throws IOException {
        apply(router(List.of(new FloatingIp(FLOATING, A)), List.of()));
        Seen other = passes(net2, second.mac(), net1, B, FLOATING, 4000, 22).orElseThrow();
        assertThat(other.destination()).isEqualTo(A);
        assertThat(other.source()).isEqualTo(OWN);
        Seen same = passes(net1, first.mac(), net1, NEIGHBOUR_OF_A, FLOATING, 4001, 22)
                .orElseThrow();
        assertThat(same.destination()).isEqualTo(A);
        Seen back = passes(net1, first.mac(), net1, A, same.source(), 22, same.sourcePort())
                .orElseThrow();
        assertThat(back.source()).isEqualTo(FLOATING);
        assertThat(back.destination()).isEqualTo(NEIGHBOUR_OF_A);
    }

    @Test
    void aFloatingAddressMovesWithItsFlowsInOneApply() throws IOException {
        apply(router(List.of(new FloatingIp(FLOATING, A)), List.of()));
        assertThat(passes(world, uplinkMac, net1, FAR, FLOATING, 4000, 500)).isPresent();
        assertThat(passes(net1, first.mac(), world, A, FAR, 500, 4000)).isPresent();
        apply(router(List.of(new FloatingIp(FLOATING, B)), List.of()));
        Seen moved = passes(world, uplinkMac, net2, FAR, FLOATING, 4000, 500).orElseThrow();
        assertThat(moved.destination()).isEqualTo(B);
        Seen left = passes(net1, first.mac(), world, A, FAR, 501, 4000).orElseThrow();
        assertThat(left.source()).isEqualTo(OWN);
    }

    @Test
    void otherFlowsStayWhenAFloatingAddressMoves() throws IOException {
        apply(router(List.of(new FloatingIp(FLOATING, A)), List.of()));
        Seen out = passes(net2, second.mac(), world, B, FAR, 4000, 53).orElseThrow();
        apply(router(List.of(), List.of()));
        assertThat(passes(world, uplinkMac, net2, FAR, OWN, 53, out.sourcePort()))
                .isPresent();
    }

    @Test
    void aForwardedPortLeadsToItsGuest() throws IOException {
        apply(router(
                List.of(),
                List.of(
                        new PortForwarding(OWN, Protocol.UDP, 2222, A, 22),
                        new PortForwarding(FLOATING6, Protocol.UDP, 80, B6, 8080))));
        Seen in = passes(world, uplinkMac, net1, FAR, OWN, 4000, 2222).orElseThrow();
        assertThat(in.destination()).isEqualTo(A);
        assertThat(in.destinationPort()).isEqualTo(22);
        Seen six = passes(world, uplinkMac, net2, FAR6, FLOATING6, 4000, 80).orElseThrow();
        assertThat(six.destinationPort()).isEqualTo(8080);
        assertThat(passes(world, uplinkMac, net1, FAR, OWN, 4000, 2223)).isEmpty();
    }

    @Test
    void itRoutesBetweenNetworksWithoutTranslating() throws IOException {
        apply(router(List.of(new FloatingIp(FLOATING, A)), List.of()));
        assertThat(passes(net1, first.mac(), net2, A, B, 4000, 22).orElseThrow().source())
                .isEqualTo(A);
        assertThat(passes(net1, first.mac(), net2, A6, B6, 4000, 22)
                        .orElseThrow()
                        .source())
                .isEqualTo(A6);
    }

    @Test
    void staticRoutesAreFollowed() throws IOException {
        Ip behind = Ip.parse("172.16.0.1");
        HostRouter router = router(List.of(), List.of());
        apply(new HostRouter(
                router.id(),
                router.tenantId(),
                "r",
                2,
                router.legs(),
                router.uplink(),
                List.of(),
                List.of(),
                List.of(new StaticRoute(Cidr.parse("172.16.0.0/12"), NEIGHBOUR_OF_A))));
        assertThat(passes(net2, second.mac(), net1, B, behind, 4000, 22)).isPresent();
        assertThat(passes(net1, first.mac(), net2, behind, B, 4000, 22)).isPresent();
    }

    @Test
    void theRouterItselfServesNobody() throws IOException {
        apply(router(List.of(), List.of()));
        Ip gateway = first.addresses().getFirst().address();
        drain();
        net1.send(Frames.ethernet(
                first.mac(), GUEST, Frames.IPV4, Frames.ip(A, gateway, 6, Frames.tcp(A, gateway, 4000, 22, 1, 0, 2))));
        assertThat(next(net1)).isEmpty();
    }

    @Test
    void newAddressesAreAnnouncedOutside() throws IOException {
        apply(router(List.of(), List.of()));
        drain();
        apply(router(List.of(new FloatingIp(FLOATING, A), new FloatingIp(FLOATING6, A6)), List.of()));
        List<byte[]> heard = drained(world);
        assertThat(heard).anySatisfy(frame -> assertThat(frame).endsWith(FLOATING.bytes()));
        assertThat(heard).anySatisfy(frame -> {
            assertThat(Arrays.copyOfRange(frame, 22, 38)).isEqualTo(FLOATING6.bytes());
            assertThat(frame[54]).isEqualTo((byte) 136);
        });
        apply(router(List.of(new FloatingIp(FLOATING, A), new FloatingIp(FLOATING6, A6)), List.of()));
        assertThat(drained(world)).as("once").isEmpty();
    }

    @Test
    void whatSomebodyChangedIsNamedAndMended() throws IOException {
        HostRouter router = router(List.of(new FloatingIp(FLOATING, A)), List.of());
        apply(router);
        assertThat(routing.differences(ground, router)).isEmpty();
        List<String> tampering = List.of(
                "ip address del " + FLOATING + "/32 dev up0",
                "ip address add 192.0.2.77/32 dev up0",
                "ip route del default",
                "ip route add 198.51.100.0/24 via 10.1.0.6",
                "sysctl -qw net.ipv4.ip_forward=0",
                "nft delete element inet yado floating4 { " + FLOATING + " : " + A + " }",
                "nft insert rule inet yado forward accept",
                "nft add table ip foreign",
                "nft flush ruleset");
        for (String command : tampering) {
            run("sh", "-c", command.replace("{", "\\{").replace("}", "\\}"));
            List<Difference> found = routing.differences(ground, router);
            assertThat(found).as(command).isNotEmpty();
            assertThat(routing.apply(ground, router)).as(command).isEqualTo(found);
            assertThat(routing.differences(ground, router)).as(command).isEmpty();
            neighbours();
            assertThat(passes(world, uplinkMac, net1, FAR, FLOATING, 4000, 22))
                    .as(command)
                    .isPresent();
            assertThat(passes(world, uplinkMac, net1, FAR, A, 4000, 22))
                    .as(command)
                    .isEmpty();
        }
    }

    private static Leg leg(String mac, String four, String six) {
        return new Leg(
                NicId.random(),
                NetworkId.random(),
                new Mac(mac),
                List.of(new Interface(Ip.parse(four), 24), new Interface(Ip.parse(six), 64)));
    }

    private HostRouter router(List<FloatingIp> floating, List<PortForwarding> forwardings) {
        return new HostRouter(
                id,
                TenantId.random(),
                "r",
                1,
                List.of(first, second),
                new Uplink(
                        new Segment.Flat("outside"),
                        uplinkMac,
                        1500,
                        List.of(new Interface(OWN, 24), new Interface(OWN6, 64)),
                        List.of(Ip.parse("192.0.2.1"), Ip.parse("2001:db8::1")),
                        true),
                floating,
                forwardings,
                List.of());
    }

    private void apply(HostRouter router) throws IOException {
        routing.apply(ground, router);
        neighbours();
    }

    /** So that the test need not answer for each. */
    private void neighbours() throws IOException {
        for (Ip guest : List.of(A, A6, NEIGHBOUR_OF_A)) {
            neighbour(guest, GUEST, Links.foot(first.nic()));
        }
        for (Ip guest : List.of(B, B6)) {
            neighbour(guest, GUEST, Links.foot(second.nic()));
        }
        for (String gateway : List.of("192.0.2.1", "2001:db8::1")) {
            neighbour(Ip.parse(gateway), WORLD, RouterPart.UPLINK);
        }
    }

    private void neighbour(Ip address, Mac mac, String device) throws IOException {
        run("ip", "neigh", "replace", address.toString(), "lladdr", mac.toString(), "dev", device, "nud", "permanent");
    }

    /** What came out of a router, as UDP. */
    private record Seen(Ip source, Ip destination, int sourcePort, int destinationPort) {}

    private Optional<Seen> passes(
            TapDevice from, Mac router, TapDevice to, Ip source, Ip destination, int port, int toPort)
            throws IOException {
        drain();
        from.send(Frames.ethernet(
                router,
                from == world ? WORLD : GUEST,
                Frames.type(source),
                Frames.ip(
                        source,
                        destination,
                        17,
                        Frames.udp(source, destination, port, toPort, "yado".getBytes(StandardCharsets.US_ASCII)))));
        return drained(to).stream()
                .map(RoutingTest::read)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<Seen> read(byte[] frame) {
        boolean six = frame[12] == (byte) 0x86;
        int protocol = frame[six ? 20 : 23];
        if (protocol != 17) {
            return Optional.empty();
        }
        int size = six ? 16 : 4;
        int at = six ? 22 : 26;
        Ip source = Ip.of(Arrays.copyOfRange(frame, at, at + size));
        Ip destination = Ip.of(Arrays.copyOfRange(frame, at + size, at + 2 * size));
        int ports = at + 2 * size;
        return Optional.of(new Seen(source, destination, two(frame, ports), two(frame, ports + 2)));
    }

    private static int two(byte[] frame, int at) {
        return (frame[at] & 0xff) << 8 | frame[at + 1] & 0xff;
    }

    private void drain() throws IOException {
        for (TapDevice tap : taps) {
            drained(tap);
        }
    }

    /** Without what devices say by themselves when they come up. */
    private static List<byte[]> drained(TapDevice tap) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        for (Optional<byte[]> frame = next(tap); frame.isPresent(); frame = next(tap)) {
            boolean multicastReport = frame.get()[0] == 0x33 && frame.get()[5] == 0x16;
            boolean solicitation = frame.get()[0] == 0x33 && frame.get()[2] == (byte) 0xff || frame.get()[5] == 2;
            if (!multicastReport && !(frame.get()[0] == 0x33 && solicitation)) {
                frames.add(frame.get());
            }
        }
        return frames;
    }

    private static Optional<byte[]> next(TapDevice tap) throws IOException {
        return tap.receive(Duration.ZERO);
    }

    private void run(String... command) throws IOException {
        ground.namespace().call(() -> {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (process.waitFor() != 0) {
                    throw new IOException(String.join(" ", command) + ": " + output);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
            return output;
        });
    }
}
