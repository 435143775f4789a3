import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.ProcessWatcher;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Applied;
import dev.yado.network.Attachment;
import dev.yado.network.linux.LinuxDriver;
import dev.yado.network.linux.NetworkPart;
import dev.yado.network.linux.Underlay;
import dev.yado.network.nft.Firewall;
import dev.yado.network.router.Routing;
import dev.yado.network.service.AddressService;
import dev.yado.network.service.MetadataService;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Times the driver "linux" as the daemon calls it, with nothing, with rules, and with all services besides. */
final class Port {
    private static final Ip ENDPOINT = Ip.parse("192.0.2.1");
    private static final Ip OTHER = Ip.parse("192.0.2.2");
    private static final int WARM_UP = 20;

    private final Path work;
    private final int rounds;
    private final Path underlay;
    private int vni;

    private Port(Path work, int rounds) {
        this.work = work;
        this.rounds = rounds;
        this.underlay = work.resolve("underlay");
    }

    public static void main(String[] arguments) throws Exception {
        new Port(Path.of(arguments[0]), Integer.parseInt(arguments[1])).run();
    }

    private void run() throws Exception {
        makeUnderlay();
        try (ProcessWatcher watcher = ProcessWatcher.start()) {
            Optional<Path> dnsmasq = AddressService.find();
            NetworkPart rules = new Firewall();
            measure("links", List.of());
            measure("links and rules", List.of(rules));
            if (dnsmasq.isPresent()) {
                measure(
                        "all",
                        List.of(
                                rules,
                                new AddressService(watcher, dnsmasq.get(), "nobody"),
                                new MetadataService(nic -> Optional.empty())));
            }
            for (int ports : new int[] {1000, 10_000}) {
                large("links and rules", ports, List.of(rules));
            }
        } finally {
            NetworkNamespace.forget(underlay);
        }
    }

    private void makeUnderlay() throws IOException {
        try (NetworkNamespace namespace = NetworkNamespace.create(underlay);
                RouteSocket socket = RouteSocket.open(namespace)) {
            socket.run(LinkRequests.add("eth0", new LinkKind.Veth("peer0"), 9000, null));
            int eth0 = socket.link("eth0").orElseThrow().index();
            socket.run(List.of(
                    LinkRequests.up(eth0),
                    LinkRequests.up(socket.link("peer0").orElseThrow().index()),
                    AddressRequests.add(new InterfaceAddress(eth0, ENDPOINT, 24))));
        }
    }

    private LinuxDriver driver(List<NetworkPart> parts) throws IOException {
        return new LinuxDriver(
                Underlay.open(underlay, ENDPOINT, Underlay.DEFAULT_PORT, Map.of()),
                work.resolve("state"),
                parts,
                new Routing());
    }

    private void measure(String with, List<NetworkPart> parts) throws Exception {
        List<Double> networks = new ArrayList<>();
        List<Double> ports = new ArrayList<>();
        List<Double> repeats = new ArrayList<>();
        try (LinuxDriver driver = driver(parts)) {
            for (int round = -WARM_UP; round < rounds; round++) {
                HostNetwork first = network(List.of(port(1, true)));
                long begin = System.nanoTime();
                check(driver.apply(first));
                try (Attachment one = driver.attach(first, first.ports().getFirst().id())) {
                    double network = since(begin);
                    HostNetwork second = with(first, port(2, true));
                    begin = System.nanoTime();
                    check(driver.apply(second));
                    try (Attachment two = driver.attach(second, second.ports().getLast().id())) {
                        double port = since(begin);
                        begin = System.nanoTime();
                        check(driver.apply(second));
                        if (round >= 0) {
                            networks.add(network);
                            ports.add(port);
                            repeats.add(since(begin));
                        }
                    }
                }
                check(driver.remove(first.id()));
            }
        }
        print("first port, with a new network (" + with + ")", networks);
        print("port in a network that is there (" + with + ")", ports);
        print("network that is as wanted (" + with + ")", repeats);
    }

    private void large(String with, int count, List<NetworkPart> parts) throws Exception {
        List<Double> fresh = new ArrayList<>();
        List<Double> same = new ArrayList<>();
        List<Double> more = new ArrayList<>();
        try (LinuxDriver driver = driver(parts)) {
            HostNetwork network = network(
                    IntStream.rangeClosed(1, count).mapToObj(i -> port(i, i == 1)).toList());
            HostNetwork larger = with(network, port(count + 1, false));
            for (int round = -1; round < 5; round++) {
                long begin = System.nanoTime();
                check(driver.apply(network));
                double first = since(begin);
                begin = System.nanoTime();
                check(driver.apply(network));
                double second = since(begin);
                begin = System.nanoTime();
                check(driver.apply(larger));
                if (round >= 0) {
                    fresh.add(first);
                    same.add(second);
                    more.add(since(begin));
                }
                check(driver.remove(network.id()));
            }
        }
        String of = "network of " + String.format(Locale.ROOT, "%,d", count) + " ports";
        print(of + ", new (" + with + ")", fresh);
        print(of + ", as wanted (" + with + ")", same);
        print(of + ", one more (" + with + ")", more);
    }

    private HostNetwork network(List<dev.yado.protocol.network.Port> ports) {
        return new HostNetwork(
                NetworkId.random(),
                TenantId.random(),
                "bench",
                1,
                new Segment.Overlay(++vni),
                1450,
                List.of(
                        new Subnet(Cidr.parse("10.0.0.0/16"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of()),
                        new Subnet(Cidr.parse("fd00::/64"), Ip.parse("fd00::2"), null, true, List.of(), List.of())),
                ports,
                List.of(),
                List.of());
    }

    private static HostNetwork with(HostNetwork network, dev.yado.protocol.network.Port port) {
        List<dev.yado.protocol.network.Port> ports = new ArrayList<>(network.ports());
        ports.add(port);
        return new HostNetwork(
                network.id(),
                network.tenantId(),
                network.name(),
                network.generation() + 1,
                network.segment(),
                network.mtu(),
                network.subnets(),
                ports,
                List.of(),
                List.of());
    }

    private static dev.yado.protocol.network.Port port(int number, boolean here) {
        return new dev.yado.protocol.network.Port(
                NicId.random(),
                VmId.random(),
                new Mac("52:54:00:%02x:%02x:%02x".formatted(number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff)),
                List.of(Ip.parse("10.0.1.0").plus(number), Ip.parse("fd00::1:0").plus(number)),
                "vm-" + number,
                new dev.yado.protocol.network.Port.Place(here, here ? ENDPOINT : OTHER),
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
