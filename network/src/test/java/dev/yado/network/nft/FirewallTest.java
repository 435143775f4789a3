package dev.yado.network.nft;

import static dev.yado.network.nft.Samples.rule;
import static dev.yado.network.nft.Samples.v4;
import static dev.yado.network.nft.Samples.v6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.kernel.Nftables;
import dev.yado.network.Difference;
import dev.yado.network.linux.Links;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client and a server whose groups change under their flows; real packets through a real bridge. */
class FirewallTest {
    private static final int SYN = 2;
    private static final int SYN_ACK = 0x12;
    private static final int ACK = 0x10;

    private final SecurityGroupId clients = SecurityGroupId.random();
    private final SecurityGroupId servers = SecurityGroupId.random();
    private final Port client = Samples.port(1, clients);
    private final Port server = Samples.port(2, servers);
    private final List<Port> ports = List.of(client, server);
    private final Firewall firewall = new Firewall();

    @TempDir
    Path directory;

    private TestingBridge bridge;
    private TestingBridge.Card fromClient;
    private TestingBridge.Card fromServer;

    @BeforeEach
    void plugTwoCards() throws IOException {
        bridge = new TestingBridge(directory);
        HostNetwork network = closed();
        fromClient = bridge.plug(firewall, network, client);
        fromServer = bridge.plug(firewall, network, server);
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (bridge != null) {
            bridge.close();
        }
    }

    @Test
    void nothingComesInThatNoRuleNames() throws IOException {
        for (Packet packet : Packet.ofEachKind(client, server)) {
            assertThat(delivered(packet)).as(packet.what()).isFalse();
        }
    }

    @Test
    void eachRuleLetsThroughWhatItNamesAndNothingElse() throws IOException {
        for (Packet allowed : Packet.ofEachKind(client, server)) {
            apply(with(allowed.rule(Direction.IN)));
            for (Packet packet : Packet.ofEachKind(client, server)) {
                assertThat(delivered(packet))
                        .as("%s with a rule for %s", packet.what(), allowed.what())
                        .isEqualTo(packet.what().equals(allowed.what()));
            }
        }
    }

    @Test
    void nothingGoesOutThatNoRuleNames() throws IOException {
        SecurityGroup any = Samples.open(
                servers, rule(Direction.IN, Family.IPV4, Protocol.ANY), rule(Direction.IN, Family.IPV6, Protocol.ANY));
        for (Packet allowed : Packet.ofEachKind(client, server)) {
            apply(Samples.network(ports, Samples.group(clients, allowed.rule(Direction.OUT)), any));
            for (Packet packet : Packet.ofEachKind(client, server)) {
                assertThat(delivered(packet))
                        .as("%s with a rule for %s", packet.what(), allowed.what())
                        .isEqualTo(packet.what().equals(allowed.what()));
            }
        }
    }

    @Test
    void aRuleNamesTheOtherSideByRangeOrByGroup() throws IOException {
        Packet tcp = Packet.tcp(v4(client), v4(server), 22);
        Packet tcp6 = Packet.tcp(v6(client), v6(server), 22);
        apply(with(in(Family.IPV4, "10.0.0.0/16", null), in(Family.IPV6, "fd00::/64", null)));
        assertThat(List.of(delivered(tcp), delivered(tcp6))).containsOnly(true);
        apply(with(in(Family.IPV4, "10.1.0.0/16", null), in(Family.IPV6, "fd00:1::/64", null)));
        assertThat(List.of(delivered(tcp), delivered(tcp6))).containsOnly(false);
        apply(with(in(Family.IPV4, null, clients), in(Family.IPV6, null, clients)));
        assertThat(List.of(delivered(tcp), delivered(tcp6))).containsOnly(true);
        apply(with(in(Family.IPV4, null, servers), in(Family.IPV6, null, servers)));
        assertThat(List.of(delivered(tcp), delivered(tcp6))).containsOnly(false);
    }

    @Test
    void aCardThatIsPluggedInAgainHasItsRulesOnce() throws IOException {
        HostNetwork wanted = with(in(Family.IPV4, null, clients));
        apply(wanted);
        fromServer.close();
        fromServer = bridge.plug(firewall, wanted, server);

        assertThat(firewall.differences(bridge.ground(), wanted)).isEmpty();
        assertThat(delivered(Packet.tcp(v4(client), v4(server), 22))).isTrue();
        assertThat(delivered(Packet.tcp(v6(client), v6(server), 22))).isFalse();
        apply(closed());
        assertThat(delivered(Packet.tcp(v4(client), v4(server), 22))).isFalse();
    }

    @Test
    void rulesOfACardThatIsGoneAreTakenAwayAndToldToNobody() throws IOException {
        HostNetwork wanted = closed();
        apply(wanted);
        fromServer.close();

        assertThat(firewall.differences(bridge.ground(), wanted)).isEmpty();
        assertThat(firewall.apply(bridge.ground(), wanted)).isEmpty();
        assertThat(new Nftables(bridge.ground().namespace()).listJson("list ruleset"))
                .doesNotContain("_" + Links.tap(server.id()));
    }

    @Test
    void makesItsRulesAgainInANamespaceThatIsMadeAgain() throws IOException {
        HostNetwork wanted = closed();
        apply(wanted);
        int generation = new Nftables(bridge.ground().namespace()).generation();
        bridge.close();
        bridge = new TestingBridge(directory);
        Nftables again = new Nftables(bridge.ground().namespace());
        for (int i = again.generation(); i < generation; i++) {
            again.run("add table inet yado\ndelete table inet yado\n");
        }
        assertThat(again.generation()).isEqualTo(generation);

        assertThat(firewall.apply(bridge.ground(), wanted)).isNotEmpty();

        assertThat(firewall.differences(bridge.ground(), wanted)).isEmpty();
    }

    @Test
    void answersPassWithoutARule() throws IOException {
        apply(with(in(Family.IPV4, null, clients)));
        open(5000);
        assertThat(passes(fromServer, server, client, segment(server, client, 22, 5000, SYN_ACK)))
                .isTrue();
        byte[] unasked = segment(server, client, 22, 5001, SYN_ACK);
        assertThat(passes(fromServer, server, client, unasked)).isFalse();
    }

    @Test
    void anEstablishedFlowLosesNothingWhileRulesChangeAHundredTimes() throws IOException {
        apply(with(in(Family.IPV4, null, clients)));
        open(5000);
        fromServer.drain();
        int sent = 0;
        int arrived = 0;
        for (int swap = 0; swap < 100; swap++) {
            apply(with(
                    in(Family.IPV4, null, clients),
                    rule(Direction.IN, Family.IPV4, Protocol.UDP, 1000 + swap, null, null, null)));
            for (int packet = 0; packet < 10; packet++) {
                sent += 2;
                arrived += passes(fromClient, client, server, segment(client, server, 5000, 22, ACK)) ? 1 : 0;
                arrived += passes(fromServer, server, client, segment(server, client, 22, 5000, ACK)) ? 1 : 0;
            }
        }
        assertThat(arrived).isEqualTo(sent);
    }

    @Test
    void packetsThatAreUnderwayWhileRulesChangeAreNotLost() throws Exception {
        apply(with(in(Family.IPV4, null, clients)));
        open(5000);
        byte[] frame = Frames.ethernet(
                server.mac(),
                client.mac(),
                Frames.IPV4,
                Frames.ip(v4(client), v4(server), 6, segment(client, server, 5000, 22, ACK)));
        int[] sent = {0};
        int[] lost = {0};
        AtomicBoolean done = new AtomicBoolean();
        Thread sender = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                fromClient.send(frame);
                sent[0]++;
                lost[0] += fromServer.gotSoon(frame) ? 0 : 1;
            }
        });
        for (int swap = 0; swap < 100; swap++) {
            apply(with(
                    in(Family.IPV4, null, clients),
                    rule(Direction.IN, Family.IPV4, Protocol.UDP, 1000 + swap, null, null, null)));
        }
        done.set(true);
        sender.join();
        assertThat(sent[0]).isGreaterThan(100);
        assertThat(lost[0]).isZero();
    }

    @Test
    void aFlowEndsWithItsPermissionAndTheOthersGoOn() throws IOException {
        apply(with(in(Family.IPV4, null, clients), rule(Direction.IN, Family.IPV4, Protocol.UDP)));
        open(5000);
        byte[] datagram = Frames.udp(v4(client), v4(server), 7, 8, new byte[9]);
        assertThat(passes(fromClient, client, server, 17, datagram)).isTrue();
        apply(with(rule(Direction.IN, Family.IPV4, Protocol.UDP)));
        assertThat(passes(fromClient, client, server, segment(client, server, 5000, 22, ACK)))
                .isFalse();
        assertThat(passes(fromServer, server, client, segment(server, client, 22, 5000, ACK)))
                .isFalse();
        assertThat(passes(fromClient, client, server, 17, datagram)).isTrue();
        apply(with(in(Family.IPV4, null, clients)));
        assertThat(passes(fromClient, client, server, segment(client, server, 5000, 22, ACK)))
                .isTrue();
        assertThat(passes(fromServer, server, client, segment(server, client, 22, 5000, ACK)))
                .isTrue();
    }

    @Test
    void aRefusedFlowDoesNotStandInTheWayOfItsReverse() throws IOException {
        byte[] there = Frames.bytes(Frames.four(1), new byte[24]);
        apply(with(rule(Direction.IN, Family.IPV4, Protocol.ESP)));
        assertThat(passes(fromClient, client, server, 50, there)).isTrue();
        apply(Samples.network(
                ports, Samples.group(clients, rule(Direction.IN, Family.IPV4, Protocol.ESP)), Samples.open(servers)));
        assertThat(passes(fromClient, client, server, 50, there)).isFalse();
        assertThat(passes(fromServer, server, client, 50, there)).isTrue();
    }

    @Test
    void aSecondApplyFindsNothingToDo() throws IOException {
        HostNetwork network = with(in(Family.IPV4, null, clients), in(Family.IPV6, "fd00::/64", null));
        apply(network);
        assertThat(firewall.differences(bridge.ground(), network)).isEmpty();
        assertThat(firewall.apply(bridge.ground(), network)).isEmpty();
    }

    @Test
    void whatSomebodyChangedIsNamedAndMended() throws IOException {
        HostNetwork network = with(in(Family.IPV4, null, clients));
        apply(network);
        String members = RuleText.members(clients, false);
        String chain = "g" + RuleText.plain(servers) + "_in";
        List<String> tampering = List.of(
                "insert rule inet yado " + chain + " accept",
                "flush chain inet yado " + chain,
                "delete element inet yado " + members + " { " + v4(client) + " }",
                "add element inet yado " + members + " { 10.0.9.9 }",
                "add table ip foreign",
                "add table inet other { chain c { type filter hook forward priority -5; accept; }; }",
                "add chain inet yado backdoor { type filter hook forward priority -200; policy accept; }",
                "flush chain netdev yado own_" + Links.tap(client.id()),
                "delete table netdev yado",
                "flush ruleset");
        for (String command : tampering) {
            bridge.run("nft", command);
            List<Difference> found = firewall.differences(bridge.ground(), network);
            assertThat(found).as(command).isNotEmpty();
            assertThat(firewall.apply(bridge.ground(), network)).as(command).isEqualTo(found);
            assertThat(firewall.differences(bridge.ground(), network))
                    .as(command)
                    .isEmpty();
            assertThat(delivered(Packet.tcp(v4(client), v4(server), 22)))
                    .as(command)
                    .isTrue();
            assertThat(delivered(Packet.tcp(v4(client), v4(server), 23)))
                    .as(command)
                    .isFalse();
        }
    }

    @Test
    void driftIsNamedByTheRuleOrMember() throws IOException {
        SecurityRule rule = in(Family.IPV4, null, clients);
        HostNetwork network = with(rule);
        apply(network);
        bridge.run("nft", "flush chain inet yado g" + RuleText.plain(servers) + "_in");
        assertThat(firewall.apply(bridge.ground(), network))
                .anySatisfy(
                        found -> assertThat(found.detail()).contains(rule.id().toString()));
        bridge.run("nft", "add element inet yado " + RuleText.members(clients, false) + " { 10.0.9.9 }");
        assertThat(firewall.apply(bridge.ground(), network))
                .contains(Difference.foreign("10.0.9.9 in the set " + RuleText.members(clients, false)));
    }

    @Test
    void tenThousandRulesHold() throws IOException {
        List<SecurityRule> rules = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            rules.add(rule(Direction.IN, Family.IPV4, Protocol.TCP, 10_000 + i, null, "10.0.0.0/16", null));
        }
        HostNetwork network = with(rules.toArray(SecurityRule[]::new));
        apply(network);
        assertThat(delivered(Packet.tcp(v4(client), v4(server), 19_999))).isTrue();
        assertThat(delivered(Packet.tcp(v4(client), v4(server), 20_000))).isFalse();
        assertThat(firewall.differences(bridge.ground(), network)).isEmpty();
    }

    @Test
    void aCardThatIsPluggedAgainIsGuardedAgain() throws IOException {
        HostNetwork network = with(in(Family.IPV4, null, clients));
        apply(network);
        fromClient.close();
        apply(network);
        assertThat(bridge.run("nft", "list", "ruleset")).doesNotContain(Links.tap(client.id()));
        fromClient = bridge.plug(firewall, network, client);
        assertThat(delivered(Packet.tcp(v4(client), v4(server), 22))).isTrue();
        fromClient.close();
        fromClient = bridge.plug(firewall, network, client);
        assertThat(delivered(Packet.tcp(v4(client), v4(server), 22))).isTrue();
        byte[] forged = Frames.udp(v4(server), v4(server), 7, 8, new byte[9]);
        fromClient.send(Frames.ethernet(
                server.mac(), client.mac(), Frames.IPV4, Frames.ip(v4(server), v4(server), 17, forged)));
        assertThat(fromServer.drain()).isZero();
    }

    private HostNetwork closed() {
        return with();
    }

    private HostNetwork with(SecurityRule... incoming) {
        return Samples.network(ports, Samples.open(clients), Samples.group(servers, incoming));
    }

    private static SecurityRule in(Family family, @Nullable String remote, @Nullable SecurityGroupId group) {
        return rule(Direction.IN, family, Protocol.TCP, 22, null, remote, group);
    }

    private void apply(HostNetwork network) throws IOException {
        firewall.apply(bridge.ground(), network);
    }

    private boolean delivered(Packet packet) {
        return arrives(fromClient, packet.frame(client, server));
    }

    private void open(int from) {
        assertThat(passes(fromClient, client, server, segment(client, server, from, 22, SYN)))
                .isTrue();
        assertThat(passes(fromServer, server, client, segment(server, client, 22, from, SYN_ACK)))
                .isTrue();
        assertThat(passes(fromClient, client, server, segment(client, server, from, 22, ACK)))
                .isTrue();
    }

    private static byte[] segment(Port from, Port to, int source, int destination, int flags) {
        int own = from.id().compareTo(to.id()) < 0 ? 1000 : 9000;
        int others = from.id().compareTo(to.id()) < 0 ? 9000 : 1000;
        int sequence = (flags & SYN) != 0 ? own : own + 1;
        return Frames.tcp(v4(from), v4(to), source, destination, sequence, (flags & ACK) != 0 ? others + 1 : 0, flags);
    }

    private boolean passes(TestingBridge.Card card, Port from, Port to, byte[] segment) {
        return arrives(
                card, Frames.ethernet(to.mac(), from.mac(), Frames.IPV4, Frames.ip(v4(from), v4(to), 6, segment)));
    }

    private boolean passes(TestingBridge.Card card, Port from, Port to, int protocol, byte[] payload) {
        return arrives(
                card,
                Frames.ethernet(to.mac(), from.mac(), Frames.IPV4, Frames.ip(v4(from), v4(to), protocol, payload)));
    }

    private boolean arrives(TestingBridge.Card card, byte[] frame) {
        TestingBridge.Card other = card == fromClient ? fromServer : fromClient;
        other.drain();
        card.send(frame);
        return other.got(frame);
    }
}
