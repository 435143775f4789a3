import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Applied;
import dev.yado.network.Attachment;
import dev.yado.network.linux.LinuxDriver;
import dev.yado.network.linux.Underlay;
import dev.yado.network.nft.Firewall;
import dev.yado.network.router.Routing;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Times what a host does for the card of a guest that is held because it moves. What is measured: bench/README.md. */
final class Move {
    private static final Ip ENDPOINT = Ip.parse("192.0.2.1");
    private static final Ip OTHER = Ip.parse("192.0.2.2");
    private static final Ip CARD = Ip.parse("10.0.1.1");
    private static final int WARM_UP = 50;

    private final Path work;
    private final int rounds;

    private Move(Path work, int rounds) {
        this.work = work;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws Exception {
        new Move(Path.of(arguments[0]), Integer.parseInt(arguments[1])).run();
    }

    private void run() throws Exception {
        Path underlay = work.resolve("underlay");
        makeUnderlay(underlay);
        try (LinuxDriver driver = new LinuxDriver(
                Underlay.open(underlay, ENDPOINT, Underlay.DEFAULT_PORT, Map.of()),
                work.resolve("state"),
                List.of(new Firewall()),
                new Routing())) {
            for (int ports : new int[] {2, 1000}) {
                moves(driver, ports);
            }
            for (int flows : new int[] {10, 1000, 10_000}) {
                flows(driver, flows);
            }
        } finally {
            NetworkNamespace.forget(underlay);
        }
    }

    private static void makeUnderlay(Path file) throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create(file);
                RouteSocket socket = RouteSocket.open(namespace)) {
            socket.run(LinkRequests.add("eth0", new LinkKind.Veth("peer0"), 9000, null));
            int eth0 = socket.link("eth0").orElseThrow().index();
            socket.run(List.of(
                    LinkRequests.up(eth0),
                    LinkRequests.up(socket.link("peer0").orElseThrow().index()),
                    AddressRequests.add(new InterfaceAddress(eth0, ENDPOINT, 24))));
        }
    }

    /** One card comes and goes; the others are on another host. */
    private void moves(LinuxDriver driver, int count) throws Exception {
        List<Double> arrived = new ArrayList<>();
        List<Double> departed = new ArrayList<>();
        List<Port> ports = IntStream.rangeClosed(1, count).mapToObj(Move::port).toList();
        NicId nic = ports.getFirst().id();
        NetworkId id = NetworkId.random();
        HostNetwork arriving = network(id, ports, new Port.Place(true, OTHER, true));
        HostNetwork here = network(id, ports, new Port.Place(true, null));
        HostNetwork gone = network(id, ports, new Port.Place(false, OTHER, false, true));
        for (int round = -WARM_UP; round < rounds; round++) {
            check(driver.apply(arriving));
            try (Attachment card = driver.attach(arriving, nic)) {
                long begin = System.nanoTime();
                driver.arrived(here, nic);
                double came = since(begin);
                check(driver.apply(here));
                begin = System.nanoTime();
                driver.departed(gone, nic);
                if (round >= 0) {
                    arrived.add(came);
                    departed.add(since(begin));
                }
                check(driver.apply(gone));
            }
        }
        check(driver.remove(id));
        print("packets led to a card that has come, network of %,d ports".formatted(count), arrived);
        print("packets of a card that has gone sent on, network of %,d ports".formatted(count), departed);
    }

    private void flows(LinuxDriver driver, int count) throws Exception {
        List<Double> read = new ArrayList<>();
        List<Double> made = new ArrayList<>();
        for (int round = -5; round < Math.min(rounds, 20); round++) {
            NetworkId id = NetworkId.random();
            List<Port> ports = List.of(port(1));
            HostNetwork here = network(id, ports, new Port.Place(true, null));
            NicId nic = ports.getFirst().id();
            check(driver.apply(here));
            List<MovedFlow> flows =
                    IntStream.range(0, count).mapToObj(i -> flow(id, i)).toList();
            long begin = System.nanoTime();
            driver.admit(here, nic, flows);
            double admitted = since(begin);
            begin = System.nanoTime();
            int seen = driver.flows(here, nic).size();
            if (round >= 0) {
                made.add(admitted);
                read.add(since(begin));
            }
            if (seen != count) {
                throw new IllegalStateException("of " + count + " flows " + seen + " are known");
            }
            check(driver.remove(id));
        }
        print("%,d connections of a card read".formatted(count), read);
        print("%,d connections of a card made known".formatted(count), made);
    }

    private static MovedFlow flow(NetworkId network, int number) {
        Ip other = Ip.parse("198.51.0.0").plus(number / 1000);
        int port = 10_000 + number % 1000;
        return new MovedFlow(
                network,
                new MovedFlow.Tuple(other, CARD, 6, port, 22),
                new MovedFlow.Tuple(CARD, other, 6, 22, port),
                true,
                true,
                300,
                new MovedFlow.Tcp(3, 7, 7));
    }

    private static HostNetwork network(NetworkId id, List<Port> ports, Port.Place ofFirst) {
        List<Port> placed = new ArrayList<>(ports);
        placed.set(0, ports.getFirst().at(ofFirst));
        return new HostNetwork(
                id,
                new TenantId(id.value()),
                "bench",
                1,
                new Segment.Overlay(1),
                1450,
                List.of(new Subnet(Cidr.parse("10.0.0.0/16"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of())),
                placed,
                List.of(),
                List.of());
    }

    private static Port port(int number) {
        return new Port(
                NicId.random(),
                VmId.random(),
                new Mac("52:54:00:%02x:%02x:%02x".formatted(number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff)),
                List.of(CARD.plus(number - 1)),
                "vm-" + number,
                new Port.Place(false, OTHER),
                List.of(),
                List.of(),
                true,
                null);
    }

    private static void check(Applied applied) {
        if (applied.problem() != null) {
            throw new IllegalStateException(applied.problem());
        }
    }

    private static double since(long begin) {
        return (System.nanoTime() - begin) / 1e6;
    }

    private static void print(String name, List<Double> millis) {
        List<Double> sorted = millis.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "{\"name\": \"%s\", \"value\": %.2f, \"unit\": \"ms\", \"p99\": %.2f, \"rounds\": %d}%n",
                name,
                sorted.get(sorted.size() / 2),
                sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * 0.99))),
                sorted.size());
    }
}
