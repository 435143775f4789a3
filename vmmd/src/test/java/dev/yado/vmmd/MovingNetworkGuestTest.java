package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two guests on two hosts talk over one connection while one of them moves to the other's host; the guests are the witnesses. */
@Tag("guest")
class MovingNetworkGuestTest {
    private static final TenantId TENANT = TenantId.random();
    private static final String SECOND = "192.168.100.2";
    private static final int PORT = 7000;
    private static final int SECONDS = 25;

    private final NetworkId network = NetworkId.random();
    private final SecurityGroup group = new SecurityGroup(
            SecurityGroupId.random(),
            "strict",
            List.of(
                    rule(SecurityRule.Direction.IN, PORT),
                    // Nothing but the way of the one that asks: what the other says is only let out as an answer.
                    rule(SecurityRule.Direction.OUT, PORT)));
    private TestingUnderlay underlay;
    private TestingUnderlay other;
    private TestingHost source;
    private TestingHost destination;
    private long generation;

    private static SecurityRule rule(SecurityRule.Direction direction, int port) {
        return new SecurityRule(
                UUID.randomUUID(),
                direction,
                SecurityRule.Family.IPV4,
                SecurityRule.Protocol.TCP,
                port,
                port,
                null,
                null);
    }

    @BeforeEach
    void startTwoHosts() throws IOException {
        underlay = TestingUnderlay.make();
        other = underlay.makeBeside(SECOND);
        source = TestingHost.start(underlay.options("--qemu-user", "65534:65534"));
        destination = source.second(other.options("--qemu-user", "65534:65534"));
    }

    @AfterEach
    void end() throws IOException {
        for (TestingHost host : List.of(destination, source)) {
            host.guests().forEach(TestingHost::kill);
            host.killDaemon();
            TestingUnderlay.loseNetworks(host.state());
            host.close();
        }
        other.close();
        underlay.close();
    }

    private VmSpec guest(TestingHost host, int number) throws IOException {
        DirectBoot kernel = new DirectBoot(
                host.images().witness("vmlinuz", ImageFormat.RAW),
                host.images().witness("initrd.img", ImageFormat.RAW),
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        VmSpec plain = host.spec(new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, List.of(), kernel));
        return new VmSpec(
                plain.id(),
                TENANT,
                "guest" + number,
                plain.generation(),
                plain.runEpoch(),
                plain.desired(),
                plain.stop(),
                0,
                plain.shape(),
                null,
                List.of(new NicSpec(NicId.random(), network, mac(number), List.of(new Interface(ip(number), 24)))),
                new GuestSetup("guest" + number, List.of("ssh-ed25519 AAAA test"), null));
    }

    private static Mac mac(int number) {
        return new Mac("52:54:00:00:00:%02x".formatted(number));
    }

    private static Ip ip(int number) {
        return Ip.parse("10.0.0." + number);
    }

    private Port port(VmSpec guest, int number, Port.Place place) {
        return new Port(
                guest.nics().getFirst().id(),
                guest.id(),
                mac(number),
                List.of(ip(number)),
                guest.name(),
                place,
                List.of(),
                List.of(group.id()),
                true,
                null);
    }

    private void tell(TestingHost host, Port... ports) {
        Subnet subnet = new Subnet(Cidr.parse("10.0.0.0/24"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of());
        HostNetwork told = new HostNetwork(
                network,
                TENANT,
                "net",
                ++generation,
                new Segment.Overlay(4711),
                1500,
                List.of(subnet),
                List.of(ports),
                List.of(group),
                List.of());
        HttpResponse<byte[]> answer = host.send(
                "PUT", "/v1/networks/" + network, ProtocolJson.mapper().writeValueAsBytes(told));
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        assertThat(ProtocolJson.mapper()
                        .readValue(answer.body(), NetworkAnswer.class)
                        .problem())
                .isNull();
    }

    private static Matcher said(TestingHost host, VmSpec guest, String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        return await(pattern + " on the serial port")
                .atMost(TestingHost.PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> wanted.matcher(host.serial(guest.id(), 0)), Matcher::find);
    }

    @Test
    void aConnectionGoesOnWhileItsServerMoves() throws IOException {
        VmSpec mover = guest(source, 11);
        VmSpec client = guest(destination, 12);
        Ip first = Ip.parse(TestingUnderlay.ADDRESS);
        Ip second = Ip.parse(SECOND);
        Port.Place here = new Port.Place(true, null);
        tell(source, port(mover, 11, here), port(client, 12, new Port.Place(false, second)));
        tell(destination, port(mover, 11, new Port.Place(true, first, true)), port(client, 12, here));
        source.put(mover);
        destination.put(client);
        source.awaitSerial(mover.id(), 0, "address=10.0.0.11/24");
        destination.awaitSerial(client.id(), 0, "address=10.0.0.12/24");
        source.type(mover.id(), "net serve " + PORT + " hello\n");
        said(source, mover, "net: serve " + PORT + " ok");
        destination.type(client.id(), "net stream 10.0.0.11 " + PORT + " " + SECONDS + "; echo over\n");

        TestingMove move = new TestingMove(source, destination, mover).relayingTo(second);
        move.depart(move.awaitReady(), MigrationGoal.DEFAULT);
        move.awaitDeparture(Phase.HANDED_OVER);
        destination.awaitState(mover.id(), ObservedState.RUNNING);

        Matcher stream = said(destination, client, "net: stream \\S+ " + PORT + " (\\w+) rounds=(\\d+) gap-ms=(\\d+)");
        assertThat(stream.group(1)).isEqualTo("ok");
        assertThat(Integer.parseInt(stream.group(2))).isGreaterThan(10);
        tell(destination, port(mover, 11, here), port(client, 12, here));
        tell(source, port(mover, 11, new Port.Place(false, second)), port(client, 12, new Port.Place(false, second)));
        assertThat(move.release().state()).isEqualTo(ObservedState.ABSENT);
        destination.type(client.id(), "net stream 10.0.0.11 " + PORT + " 1; echo again\n");
        said(destination, client, "(?s)net: stream \\S+ " + PORT + " ok.*net: stream \\S+ " + PORT + " ok");
        destination.delete(move.spec);
        destination.delete(client);
    }
}
