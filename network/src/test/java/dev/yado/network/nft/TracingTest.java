package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.v4;
import static dev.yado.protocol.network.PacketTrace.Verdict.DROP;
import static dev.yado.protocol.network.PacketTrace.Verdict.PASS;
import static dev.yado.protocol.network.PacketTrace.Verdict.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.network.linux.Links;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.PacketTrace.Hop;
import dev.yado.protocol.network.PacketTrace.Question;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TracingTest {
    private final SecurityGroupId clients = SecurityGroupId.random();
    private final SecurityGroupId servers = SecurityGroupId.random();
    private final Port client = Samples.port(1, clients);
    private final Port server = Samples.port(2, servers);
    private final SecurityRule ssh = Samples.rule(Direction.IN, Family.IPV4, Protocol.TCP, 22, null, null, clients);
    private final HostNetwork network =
            Samples.network(List.of(client, server), Samples.open(clients), Samples.group(servers, ssh));
    private final Firewall firewall = new Firewall();

    @TempDir
    Path directory;

    private TestingBridge bridge;

    @BeforeEach
    void plugTwoCards() throws IOException {
        bridge = new TestingBridge(directory);
        bridge.plug(firewall, network, client);
        bridge.plug(firewall, network, server);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    @Test
    void theRuleThatLetsAPacketPassIsNamed() throws IOException {
        assertThat(trace(client, Direction.OUT, v4(client), 22))
                .allMatch(hop -> hop.wanted() == PASS && hop.real() == PASS);
        assertThat(trace(server, Direction.IN, v4(client), 22))
                .anyMatch(hop -> hop.detail().contains(ssh.id().toString()));
    }

    @Test
    void aPortWithoutARuleIsDropped() throws IOException {
        assertThat(trace(server, Direction.IN, v4(client), 23)).anySatisfy(hop -> {
            assertThat(hop.wanted()).isEqualTo(DROP);
            assertThat(hop.real()).isEqualTo(DROP);
            assertThat(hop.detail()).contains(servers.toString());
        });
    }

    @Test
    void aForgedSourceStopsAtTheCard() throws IOException {
        Hop first = trace(client, Direction.OUT, Ip.parse("10.0.9.9"), 22).getFirst();
        assertThat(first.place()).isEqualTo("anti-spoofing");
        assertThat(first.real()).isEqualTo(DROP);
    }

    @Test
    void whatTheKernelDoesOtherwiseIsSaid() throws IOException {
        bridge.run("nft", "delete element inet yado " + RuleText.members(clients, false) + " { " + v4(client) + " }");
        assertThat(trace(server, Direction.IN, v4(client), 22)).anySatisfy(hop -> {
            assertThat(hop.wanted()).isEqualTo(PASS);
            assertThat(hop.real()).isEqualTo(DROP);
            assertThat(hop.detail()).contains(RuleText.members(clients, false));
        });
        bridge.run("nft", "flush chain inet yado g" + RuleText.plain(servers) + "_in");
        assertThat(trace(server, Direction.IN, v4(client), 22))
                .anyMatch(hop -> hop.wanted() == PASS && hop.real() == DROP);
        bridge.run("nft", "add table ip foreign");
        assertThat(trace(server, Direction.IN, v4(client), 23)).anyMatch(hop -> hop.real() == UNKNOWN);
    }

    @Test
    void aCardCountsWhatItSentAndWhatWasRefused() throws IOException {
        Port third = Samples.port(3, clients);
        HostNetwork larger = Samples.network(List.of(client, server, third), Samples.open(clients));
        TestingBridge.Card card = bridge.plug(firewall, larger, third);
        byte[] datagram = Frames.udp(v4(client), v4(server), 7, 8, new byte[9]);
        card.send(Frames.ethernet(
                server.mac(), third.mac(), Frames.IPV4, Frames.ip(v4(client), v4(server), 17, datagram)));
        assertThat(firewall.traffic(bridge.ground())).hasEntrySatisfying(Links.tap(third.id()), traffic -> {
            assertThat(traffic.sentPackets()).isEqualTo(1);
            assertThat(traffic.refusedPackets()).isEqualTo(1);
        });
    }

    private List<Hop> trace(Port at, Direction direction, Ip source, int port) throws IOException {
        return firewall.trace(
                bridge.ground(),
                network,
                new Question(network.id(), at.id(), direction, source, v4(server), Protocol.TCP, port));
    }
}
