import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.TapDevice;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.nft.Firewall;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.network.GroupMembers;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** One host with 500 plugged cards of one group, whose rules and members change. */
final class Rules {
    private static final int PORTS = 500;
    private static final int WARM_UP = 3;
    private static final SecurityGroupId GROUP = SecurityGroupId.random();
    private static final NetworkId NETWORK = NetworkId.random();
    private static final TenantId TENANT = TenantId.random();

    private final Firewall firewall = new Firewall();
    private final Ground ground;
    private final List<Port> ports = new ArrayList<>();
    private final int rounds;

    private Rules(Ground ground, int rounds) {
        this.ground = ground;
        this.rounds = rounds;
        for (int i = 0; i < PORTS; i++) {
            ports.add(port(i));
        }
    }

    public static void main(String[] args) throws Exception {
        Path work = Path.of(System.getProperty("bench.work"));
        Path file = work.resolve("netns");
        List<TapDevice> taps = new ArrayList<>();
        try (NetworkNamespace namespace = NetworkNamespace.create(file)) {
            new Rules(new Ground(namespace, work), args.length > 0 ? Integer.parseInt(args[0]) : 20).measure(taps);
        } finally {
            taps.forEach(TapDevice::close);
            NetworkNamespace.forget(file);
        }
    }

    private void measure(List<TapDevice> taps) throws IOException {
        for (Port port : ports.subList(0, PORTS - 1)) {
            taps.add(TapDevice.create(ground.namespace(), Links.tap(port.id())).orElseThrow());
        }
        HostNetwork network = network(10, PORTS);
        figure("first apply, 499 cards of a group of 500", timed(() -> firewall.apply(ground, network)));
        taps.add(TapDevice.create(ground.namespace(), Links.tap(ports.getLast().id())).orElseThrow());
        figure("plug the 500th card", timed(() -> firewall.plug(ground, network, ports.getLast(), Links.tap(ports.getLast().id()))));
        figure("nothing to change, 500 cards", median(round -> firewall.apply(ground, network)));
        figure("rule added to or taken from a group of 500 ports", median(round -> firewall.apply(ground, network(10 + round % 2, PORTS))));
        figure("member added to or taken from a group of 500 ports", median(round -> firewall.apply(ground, network(10, PORTS + round % 2))));
        firewall.apply(ground, network);
        double[] plugs = new double[rounds];
        for (int i = -WARM_UP; i < rounds; i++) {
            String device = Links.tap(ports.get(i + WARM_UP).id());
            taps.get(i + WARM_UP).close();
            taps.set(i + WARM_UP, TapDevice.create(ground.namespace(), device).orElseThrow());
            Port port = ports.get(i + WARM_UP);
            double took = timed(() -> firewall.plug(ground, network, port, device));
            if (i >= 0) {
                plugs[i] = took;
            }
        }
        Arrays.sort(plugs);
        figure("plug a card again, 500 cards", plugs[rounds / 2]);
        figure("first apply of 10,000 rules, 500 cards", timed(() -> firewall.apply(ground, network(10_000, PORTS))));
        figure("rule added to or taken from a group of 10,000 rules, 500 cards", median(round -> firewall.apply(ground, network(10_000 + round % 2, PORTS))));
    }

    private interface Work {
        void run() throws IOException;
    }

    private interface Round {
        void run(int round) throws IOException;
    }

    private static double timed(Work work) throws IOException {
        long begin = System.nanoTime();
        work.run();
        return (System.nanoTime() - begin) / 1e6;
    }

    private double median(Round work) throws IOException {
        double[] all = new double[rounds];
        for (int i = -WARM_UP; i < rounds; i++) {
            int round = i + WARM_UP + 1;
            double took = timed(() -> work.run(round));
            if (i >= 0) {
                all[i] = took;
            }
        }
        Arrays.sort(all);
        return all[rounds / 2];
    }

    private static void figure(String name, double value) {
        System.out.printf("{\"name\": \"network rules: %s\", \"value\": %.1f, \"unit\": \"ms\"}%n", name, value);
    }

    private static Port port(int i) {
        int high = i / 200;
        int low = i % 200 + 10;
        return new Port(NicId.random(), VmId.random(), new Mac("02:00:00:01:%02x:%02x".formatted(high, low)),
                List.of(Ip.parse("10.0." + high + "." + low), Ip.parse("fd00::%x:%x".formatted(high, low))),
                null, new Port.Place(true, null), List.of(), List.of(GROUP), true, null);
    }

    private HostNetwork network(int rules, int members) {
        List<SecurityRule> all = new ArrayList<>();
        all.add(new SecurityRule(new UUID(0, 1), Direction.IN, Family.IPV4, Protocol.ANY, null, null, null, GROUP));
        for (int i = all.size(); i < rules; i++) {
            all.add(new SecurityRule(new UUID(1, i), Direction.IN, Family.IPV4, Protocol.TCP, 1000 + i, null, Cidr.parse("192.0.2.0/24"), null));
        }
        List<Ip> addresses = new ArrayList<>();
        ports.forEach(port -> addresses.addAll(port.addresses()));
        for (int i = PORTS; i < members; i++) {
            addresses.add(Ip.parse("10.9.0." + (i - PORTS + 1)));
        }
        return new HostNetwork(NETWORK, TENANT, "bench", 1, new Segment.Overlay(1), 1450,
                List.of(new Subnet(Cidr.parse("10.0.0.0/8"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of())),
                ports, List.of(new SecurityGroup(GROUP, "bench", all)), List.of(new GroupMembers(GROUP, addresses)));
    }
}
