package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.kernel.TapDevice;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.network.nft.Firewall;
import dev.yado.network.router.Routing;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest with real connections moves from one of three hosts to another, as far as its packets know: real namespaces, bridges, tunnels,
 * rules and TCP. The gateway to the data centre is on the host that it leaves.
 */
@Timeout(120)
class MovingTest {
    private static final int SSH = 22;
    private static final int WEB = 80;
    private static final Mac LEG = new Mac("52:54:00:aa:00:01");
    private static final Ip GATEWAY = Ip.parse("10.0.0.1");
    private static final Ip OUTSIDE = Ip.parse("203.0.113.1");

    @TempDir
    Path directory;

    private final NicId leg = NicId.random();
    private final SecurityGroupId group = SecurityGroupId.random();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private TestingCloud cloud;
    private TestingCloud.Host source;
    private TestingCloud.Host destination;
    private TestingCloud.Host third;
    private MovableGuest mover;
    private MovableGuest near;
    private MovableGuest far;
    private HostNetwork network;

    @BeforeEach
    void aGuestOnTheFirstHostAndItsNeighbours() throws IOException {
        cloud = new TestingCloud(directory);
        source = cloud.host(new Routing(), new Firewall());
        destination = cloud.host(new Routing(), new Firewall());
        third = cloud.host(new Routing(), new Firewall());
        mover = guest(source);
        near = guest(source);
        far = guest(third);
        Port foot = new Port(leg, null, LEG, List.of(GATEWAY), null, place(source), List.of(), List.of(), false, null);
        network = withGroups(TestingCloud.network(4711, mover.port, near.port, far.port, foot));
        apply(source, seen(source, place(source)));
        apply(third, seen(third, place(source)));
        gateway();
        mover.plug(attach(source, place(source), mover));
        near.plug(attach(source, place(source), near));
        far.plug(attach(third, place(source), far));
    }

    @AfterEach
    void leaveNothing() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        if (cloud != null) {
            cloud.close();
        }
    }

    private MovableGuest guest(TestingCloud.Host host) throws IOException {
        Port card = cloud.card(host);
        MovableGuest guest = new MovableGuest(
                directory.resolve("guest-" + opened.size()),
                new Port(
                        card.id(),
                        card.vm(),
                        card.mac(),
                        card.addresses(),
                        card.hostname(),
                        card.place(),
                        List.of(),
                        List.of(group),
                        true,
                        null));
        opened.add(guest);
        return guest;
    }

    private static Port.Place place(TestingCloud.Host host) {
        return new Port.Place(true, host.endpoint);
    }

    /** In: SSH. Out: the web, and nothing else: so that an answer is only one where the connection is known. */
    private HostNetwork withGroups(HostNetwork plain) {
        SecurityGroup rules = new SecurityGroup(
                group,
                "strict",
                List.of(
                        rule(Direction.IN, Protocol.TCP, SSH),
                        rule(Direction.IN, Protocol.UDP, SSH),
                        rule(Direction.IN, Protocol.UDP, WEB),
                        rule(Direction.OUT, Protocol.UDP, WEB),
                        rule(Direction.OUT, Protocol.TCP, WEB),
                        rule(Direction.OUT, Protocol.TCP, SSH),
                        rule(Direction.OUT, Protocol.UDP, SSH)));
        return new HostNetwork(
                plain.id(),
                plain.tenantId(),
                plain.name(),
                plain.generation(),
                plain.segment(),
                plain.mtu(),
                plain.subnets(),
                plain.ports(),
                List.of(rules),
                List.of());
    }

    private static SecurityRule rule(Direction direction, Protocol protocol, int port) {
        return new SecurityRule(UUID.randomUUID(), direction, Family.IPV4, protocol, port, port, null, null);
    }

    private void gateway() throws IOException {
        cloud.switches.run(
                AddressRequests.add(new InterfaceAddress(TestingCloud.index(cloud.switches, "external"), OUTSIDE, 24)));
        source.applies(new HostRouter(
                RouterId.random(),
                TenantId.random(),
                "edge",
                1,
                List.of(new HostRouter.Leg(leg, network.id(), LEG, List.of(new Interface(GATEWAY, 24)))),
                new HostRouter.Uplink(
                        new Segment.Flat("dc"),
                        new Mac("52:54:00:aa:00:02"),
                        1500,
                        List.of(new Interface(Ip.parse("203.0.113.2"), 24)),
                        List.of(OUTSIDE),
                        true),
                List.of(),
                List.of(),
                List.of()));
        apply(source, seen(source, place(source)));
    }

    /** What a host is told while the mover is at that place. */
    private HostNetwork seen(TestingCloud.Host host, Port.Place ofMover) {
        UnaryOperator<Port> at = port -> {
            Port.Place there = Objects.requireNonNull(port.id().equals(mover.port.id()) ? ofMover : port.place());
            boolean here = there.here() && host.endpoint.equals(there.tunnelEndpoint());
            return port.at(new Port.Place(here, there.tunnelEndpoint(), here && there.arriving(), there.relayed()));
        };
        return new HostNetwork(
                network.id(),
                network.tenantId(),
                network.name(),
                network.generation(),
                network.segment(),
                network.mtu(),
                network.subnets(),
                network.ports().stream().map(at).toList(),
                network.groups(),
                List.of());
    }

    private static void apply(TestingCloud.Host host, HostNetwork network) {
        assertThat(host.driver.apply(network).problem()).isNull();
        assertThat(host.driver.differences(network)).isEmpty();
    }

    private TapDevice attach(TestingCloud.Host host, Port.Place ofMover, MovableGuest guest) {
        TapDevice tap = host.driver.attach(seen(host, ofMover), guest.port.id()).tap();
        opened.add(0, tap);
        return tap;
    }

    private HostNetwork arriving() {
        return network(destination, new Port.Place(true, source.endpoint, true));
    }

    private HostNetwork network(TestingCloud.Host host, Port.Place ofMover) {
        return TestingCloud.with(
                seen(host, ofMover),
                seen(host, ofMover).ports().stream()
                        .map(port -> port.id().equals(mover.port.id()) ? port.at(ofMover) : port)
                        .toList());
    }

    private HostNetwork relaying() {
        return network(source, new Port.Place(false, destination.endpoint, false, true));
    }

    /** From the moment in which the guest is held to that in which all is led to where it is. */
    private record Blackout(long held, long over, double leadMs, double relayMs) {}

    private Blackout moves() {
        apply(destination, arriving());
        TapDevice waiting =
                destination.driver.attach(arriving(), mover.port.id()).tap();
        opened.add(0, waiting);
        destination.driver.admit(
                arriving(), mover.port.id(), source.driver.flows(seen(source, place(source)), mover.port.id()));

        long held = System.nanoTime();
        mover.plug(null);
        destination.driver.admit(
                arriving(), mover.port.id(), source.driver.flows(seen(source, place(source)), mover.port.id()));
        HostNetwork arrived = network(destination, place(destination));
        long go = System.nanoTime();
        destination.driver.arrived(arrived, mover.port.id());
        long led = System.nanoTime();
        mover.plug(waiting);
        long away = System.nanoTime();
        source.driver.departed(relaying(), mover.port.id());
        long over = System.nanoTime();
        apply(destination, arrived);
        apply(source, relaying());
        return new Blackout(held, over, (led - go) / 1e6, (over - away) / 1e6);
    }

    private void allAreTold() {
        apply(third, network(third, new Port.Place(false, destination.endpoint)));
        apply(source, network(source, new Port.Place(false, destination.endpoint)));
    }

    @Test
    void aConnectionThatTheGuestServesGoesOnAlsoWhenTheGuestSpeaksFirst() throws IOException {
        try (ServerSocket server = mover.listens(SSH);
                Socket client = far.connects(mover.ip(), SSH);
                Socket local = near.connects(mover.ip(), SSH)) {
            Socket toFar = server.accept();
            Socket toNear = server.accept();
            talk(toFar, client, "before");

            moves();

            talk(toFar, client, "the guest speaks first");
            talk(client, toFar, "and is answered");
            talk(toNear, local, "to one on the host that it left");
            talk(local, toNear, "and is answered by that one");
            allAreTold();
            talk(client, toFar, "straight");
            talk(toFar, client, "straight");
            talk(local, toNear, "straight");
            try (Socket fresh = far.connects(mover.ip(), SSH);
                    Socket accepted = server.accept()) {
                talk(fresh, accepted, "a new one");
            }
        }
    }

    @Test
    void aConnectionOfTheGuestThroughTheGatewayGoesOnAlsoWhenTheOtherSideSpeaksFirst() throws IOException {
        try (ServerSocket outside = cloud.wire.call(() -> new ServerSocket(WEB));
                Socket guests = mover.connects(OUTSIDE, WEB);
                Socket other = outside.accept()) {
            talk(guests, other, "before");

            moves();

            talk(other, guests, "the world speaks first");
            talk(guests, other, "and is answered");
            allAreTold();
            talk(other, guests, "straight");
            try (Socket fresh = mover.connects(OUTSIDE, WEB);
                    Socket accepted = outside.accept()) {
                talk(accepted, fresh, "a new one");
            }
        }
    }

    private static void talk(Socket from, Socket to, String text) throws IOException {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.US_ASCII);
        to.setSoTimeout(10_000);
        from.getOutputStream().write(bytes);
        assertThat(to.getInputStream().readNBytes(bytes.length)).as(text).isEqualTo(bytes);
    }

    @Test
    void theHostThatAGuestLeftSendsNothingOnOnceItIsToldNotTo() throws Exception {
        try (Stream untold = new Stream(far, mover, SSH, 4000)) {
            untold.reaches();
            moves();
            untold.reaches();

            apply(source, network(source, new Port.Place(false, destination.endpoint)));

            assertThat(untold.silentFrom())
                    .as("the third host still sends to the first")
                    .isPositive();
            apply(third, network(third, new Port.Place(false, destination.endpoint)));
            untold.reaches();
        }
    }

    @Test
    void aGuestThatStaysAfterAllIsReachedAgain() throws Exception {
        apply(destination, arriving());
        try (Stream fromAfar = new Stream(far, mover, SSH, 4000);
                Stream fromNear = new Stream(near, mover, WEB, 4000)) {
            fromAfar.reaches();
            source.driver.departed(relaying(), mover.port.id());

            source.driver.arrived(seen(source, place(source)), mover.port.id());

            fromAfar.reaches();
            fromNear.reaches();
            apply(source, seen(source, place(source)));
            fromAfar.reaches();
        }
    }

    @Test
    void theDestinationLeadsNothingToACardThatIsStillToCome() throws Exception {
        apply(destination, arriving());
        MovableGuest local = guest(destination);
        List<Port> ports = new ArrayList<>(network.ports());
        ports.add(local.port);
        network = TestingCloud.with(network, ports);
        apply(source, seen(source, place(source)));
        apply(destination, arriving());
        local.plug(attach(destination, new Port.Place(true, source.endpoint, true), local));
        TapDevice waiting =
                destination.driver.attach(arriving(), mover.port.id()).tap();
        opened.add(0, waiting);

        try (Stream fromThere = new Stream(local, mover, SSH, 4000)) {
            fromThere.reaches();
        }
        assertThat(waiting.receive(Duration.ZERO)).isEmpty();
    }

    @Test
    void aStreamLosesNothingButTheBlackout() throws Exception {
        try (Stream fromAfar = new Stream(far, mover, SSH, 4000);
                Stream fromNear = new Stream(near, mover, WEB, 4000)) {
            fromAfar.reaches();
            fromNear.reaches();

            Blackout blackout = moves();
            fromAfar.reaches();
            fromNear.reaches();
            allAreTold();
            fromAfar.reaches();
            fromNear.reaches();

            assertThat(blackout.leadMs()).isLessThan(100); // a machine without load: less than 1
            assertThat(fromAfar.lostOutside(blackout.held(), blackout.over())).isEmpty();
            assertThat(fromNear.lostOutside(blackout.held(), blackout.over())).isEmpty();
        }
    }
}
