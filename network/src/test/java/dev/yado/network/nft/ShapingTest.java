package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.v4;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.linux.Links;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two cards of which one has limits; real frames, measured by the clock that they took. */
class ShapingTest {
    private static final int KBITS = 16_000;
    private static final long BYTES_PER_SECOND = KBITS * 125L;
    private static final long MEASURED_BYTES = BYTES_PER_SECOND * 3 / 2;
    private static final long SECOND = 1_000_000_000L;
    private static final double ACCURACY = 0.1;

    private final SecurityGroupId group = SecurityGroupId.random();
    private final Port free = Samples.port(1, group);
    private final Shaping shaping = new Shaping();
    private final Firewall firewall = new Firewall();

    @TempDir
    Path directory;

    private TestingBridge bridge;

    @BeforeEach
    void makeBridge() throws IOException {
        bridge = new TestingBridge(directory);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    @Test
    void whatAGuestSendsKeepsToItsLimit() throws IOException {
        Port limited = Samples.port(2, List.of(), new Qos(null, KBITS), group);
        assertThat(throughputBytes(limited, free)).isLessThan(most());
    }

    @Test
    void whatAGuestGetsKeepsToItsLimit() throws IOException {
        Port limited = Samples.port(2, List.of(), new Qos(KBITS, null), group);
        assertThat(throughputBytes(free, limited)).isLessThan(most());
    }

    /** A rate with the burst that is allowed at the beginning. */
    private static double most() {
        return BYTES_PER_SECOND * (1 + ACCURACY);
    }

    @Test
    void aLimitDoesNotLeadPastTheRulesOfTheCard() throws IOException {
        Port limited = Samples.port(2, List.of(), new Qos(null, KBITS), group);
        HostNetwork network = network(limited);
        TestingBridge.Card to = plug(network, free);
        TestingBridge.Card from = plug(network, limited);
        from.send(frame(limited, free, Ip.parse("10.0.9.9")));
        byte[] own = frame(limited, free, v4(limited));
        from.send(own);
        assertThat(awaitUdp(to)).hasValueSatisfying(first -> assertThat(first).isEqualTo(own));
    }

    @Test
    void limitsAreComparedChangedAndTakenAway() throws IOException {
        Port limited = Samples.port(2, List.of(), new Qos(KBITS, KBITS), group);
        HostNetwork network = network(limited);
        plug(network, limited);
        assertThat(shaping.differences(bridge.ground(), network)).isEmpty();
        bridge.run("tc", "qdisc", "del", "dev", Links.tap(limited.id()), "root");
        assertThat(shaping.differences(bridge.ground(), network)).hasSize(1);
        assertThat(shaping.apply(bridge.ground(), network)).hasSize(1);
        bridge.run("ip", "link", "del", Shaping.shaper(limited));
        assertThat(shaping.apply(bridge.ground(), network)).isNotEmpty();
        firewall.apply(bridge.ground(), network);
        assertThat(shaping.differences(bridge.ground(), network)).isEmpty();
        Port without = new Port(
                limited.id(),
                limited.vm(),
                limited.mac(),
                limited.addresses(),
                null,
                limited.place(),
                List.of(),
                limited.groups(),
                true,
                null);
        shaping.apply(bridge.ground(), network(without));
        firewall.apply(bridge.ground(), network(without));
        assertThat(bridge.run("ip", "link")).doesNotContain(Shaping.shaper(limited));
        assertThat(bridge.run("tc", "qdisc")).doesNotContain("tbf");
    }

    private TestingBridge.Card plug(HostNetwork network, Port port) throws IOException {
        return bridge.plug(List.of(shaping, firewall), network, port);
    }

    private HostNetwork network(Port limited) {
        return Samples.network(
                List.of(free, limited), Samples.open(group, Samples.rule(Direction.IN, Family.IPV4, Protocol.ANY)));
    }

    /** Bytes a second, besides the burst, of a sender that sends as much as it can. */
    private double throughputBytes(Port sender, Port receiver) throws IOException {
        HostNetwork network = network(sender == free ? receiver : sender);
        TestingBridge.Card from = plug(network, sender);
        TestingBridge.Card to = plug(network, receiver);
        byte[] frame = frame(sender, receiver, v4(sender));
        long begin = System.nanoTime();
        long arrived = 0;
        while (arrived < MEASURED_BYTES) {
            for (int i = 0; i < 20; i++) {
                from.send(frame);
            }
            for (Optional<byte[]> got = to.next(Duration.ofMillis(1)); got.isPresent(); got = to.next(Duration.ZERO)) {
                arrived += got.get().length;
            }
        }
        double seconds = (double) (System.nanoTime() - begin) / SECOND;
        return (arrived - Shaping.burst(BYTES_PER_SECOND)) / seconds;
    }

    private static Optional<byte[]> awaitUdp(TestingBridge.Card card) {
        Optional<byte[]> next = card.nextSoon();
        while (next.isPresent() && next.get()[12] != 8) {
            next = card.nextSoon();
        }
        return next;
    }

    private static byte[] frame(Port from, Port to, Ip source) {
        return Frames.ethernet(
                to.mac(),
                from.mac(),
                Frames.IPV4,
                Frames.ip(source, v4(to), 17, Frames.udp(source, v4(to), 1000, 2000, new byte[1400])));
    }
}
