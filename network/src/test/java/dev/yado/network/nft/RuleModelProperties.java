package dev.yado.network.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.kernel.netlink.FlowSocket;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
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
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The model and the kernel, asked the same: random groups, ports and packets, the same ones at every run. */
class RuleModelProperties {
    private static final int CASES = 25;
    private static final int PACKETS = 60;
    private static final List<Integer> PORTS = List.of(22, 80, 100, 443);

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theKernelDoesWhatTheModelSays(long seed) throws IOException {
        Random random = new Random(seed);
        List<SecurityGroupId> ids =
                List.of(SecurityGroupId.random(), SecurityGroupId.random(), SecurityGroupId.random());
        Firewall firewall = new Firewall();
        try (TestingBridge bridge = new TestingBridge(directory);
                FlowSocket flows = FlowSocket.open(bridge.ground().namespace())) {
            List<Port> ports = new ArrayList<>();
            for (int number = 1; number <= 4; number++) {
                ports.add(Samples.port(number, alsoAllowed(number), null, some(ids, random)));
            }
            List<TestingBridge.Card> cards = new ArrayList<>();
            for (Port port : ports) {
                cards.add(bridge.plug(firewall, Samples.network(ports), port));
            }
            int passed = 0;
            for (int i = 0; i < CASES; i++) {
                HostNetwork network = Samples.network(ports, groups(ids, random));
                firewall.apply(bridge.ground(), network);
                passed += compare(network, ports, cards, flows, random);
            }
            assertThat(passed).as("some packets pass").isBetween(1, CASES * PACKETS - 1);
        }
    }

    /** Port 3 may send from all of port 4's neighbourhood, but not as anybody whose address it is. */
    private static List<Cidr> alsoAllowed(int number) {
        return number == 3 ? List.of(Cidr.parse("10.0.0.0/16"), Cidr.parse("172.16.0.0/12")) : List.of();
    }

    private static int compare(
            HostNetwork network, List<Port> ports, List<TestingBridge.Card> cards, FlowSocket flows, Random random)
            throws IOException {
        RuleModel model = new RuleModel(network);
        int passed = 0;
        for (int i = 0; i < PACKETS; i++) {
            int from = random.nextInt(ports.size());
            int to = (from + 1 + random.nextInt(ports.size() - 1)) % ports.size();
            boolean six = random.nextBoolean();
            Ip source = six ? Samples.v6(ports.get(from)) : source(ports, from, random);
            Flow flow = flow(source, six ? Samples.v6(ports.get(to)) : Samples.v4(ports.get(to)), random);
            byte[] frame = new Packet("", flow).frame(ports.get(from), ports.get(to));
            boolean expected = model.maySendFrom(ports.get(from), flow.source())
                    && model.judge(Direction.OUT, flow).passes()
                    && model.judge(Direction.IN, flow).passes();
            flows.forget(_ -> true); // Each packet begins its own flow, also of protocols that know no ports.
            cards.get(to).drain();
            cards.get(from).send(frame);
            assertThat(cards.get(to).got(frame))
                    .as("%s by %s", flow, network.groups())
                    .isEqualTo(expected);
            passed += expected ? 1 : 0;
        }
        return passed;
    }

    private static Ip source(List<Port> ports, int from, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Ip.parse("172.16.0." + random.nextInt(1, 250));
            case 1 -> Samples.v4(ports.get(random.nextInt(ports.size())));
            default -> Samples.v4(ports.get(from));
        };
    }

    private static Flow flow(Ip source, Ip destination, Random random) {
        int port = any(PORTS, random) + random.nextInt(2);
        return switch (any(List.of(Protocol.values()), random)) {
            case TCP -> new Flow(source, destination, Protocol.TCP, port, 0);
            case UDP -> new Flow(source, destination, Protocol.UDP, port, 0);
            case SCTP -> new Flow(source, destination, Protocol.SCTP, port, 0);
            case ICMP -> new Flow(source, destination, Protocol.ICMP, source.v6() ? 128 : 8, 0);
            case GRE -> new Flow(source, destination, Protocol.GRE, null, 0);
            case ESP -> new Flow(source, destination, Protocol.ESP, null, 0);
            case ANY -> new Flow(source, destination, Protocol.ANY, null, 0);
        };
    }

    private static SecurityGroup[] groups(List<SecurityGroupId> ids, Random random) {
        return ids.stream()
                .map(id -> {
                    List<SecurityRule> rules = new ArrayList<>();
                    for (int i = random.nextInt(6); i >= 0; i--) {
                        rules.add(rule(ids, random));
                    }
                    return new SecurityGroup(id, "group", rules);
                })
                .toArray(SecurityGroup[]::new);
    }

    private static SecurityRule rule(List<SecurityGroupId> ids, Random random) {
        Direction direction = any(List.of(Direction.values()), random);
        Family family = any(List.of(Family.values()), random);
        Protocol protocol = any(List.of(Protocol.values()), random);
        int remote = random.nextInt(4);
        SecurityGroupId group = remote == 0 ? any(ids, random) : null;
        String cidr = remote != 1 ? null : family == Family.IPV6 ? "fd00::/120" : "10.0.0.8/29";
        return switch (protocol) {
            case TCP, UDP, SCTP -> {
                int min = any(PORTS, random);
                int shape = random.nextInt(3);
                yield Samples.rule(
                        direction, family, protocol, shape == 0 ? null : min, shape == 2 ? min + 1 : null, cidr, group);
            }
            case ICMP -> {
                int type = random.nextBoolean() ? family == Family.IPV6 ? 128 : 8 : 13;
                int shape = random.nextInt(3);
                yield Samples.rule(
                        direction,
                        family,
                        protocol,
                        shape == 0 ? null : type,
                        shape == 2 ? random.nextInt(2) : null,
                        cidr,
                        group);
            }
            case ANY, GRE, ESP -> Samples.rule(direction, family, protocol, null, null, cidr, group);
        };
    }

    private static SecurityGroupId[] some(List<SecurityGroupId> ids, Random random) {
        return ids.stream().filter(_ -> random.nextBoolean()).toArray(SecurityGroupId[]::new);
    }

    private static <T> T any(List<T> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }
}
