import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.TapDevice;
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
import dev.yado.network.nft.Shaping;
import dev.yado.network.router.Routing;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** How long a packet between two cards takes while a third one floods. What is measured: bench/README.md. */
final class Latency {
    private static final Ip ENDPOINT = Ip.parse("192.0.2.1");
    private static final byte[] ALL = {-1, -1, -1, -1, -1, -1};
    private static final int WARM_UP = 2_000;
    private static final long LOST_NANOS = 100_000_000;
    private static final long PAUSE_NANOS = 500_000;
    private static final SecurityGroupId GROUP = SecurityGroupId.random();
    private static final int SMALL = 18;
    private static final int FULL = 1_422;

    private final List<Port> ports = new ArrayList<>();
    private final List<Attachment> cards = new ArrayList<>();
    private final int rounds;

    private Latency(int rounds) {
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws Exception {
        Path work = Path.of(arguments[0]);
        Path underlay = work.resolve("underlay");
        makeUnderlay(underlay);
        try (LinuxDriver driver = new LinuxDriver(
                Underlay.open(underlay, ENDPOINT, Underlay.DEFAULT_PORT, Map.of()),
                work.resolve("state"),
                List.of(new Shaping(), new Firewall()),
                new Routing())) {
            new Latency(Integer.parseInt(arguments[1])).run(driver);
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

    private void run(LinuxDriver driver) throws Exception {
        for (int number = 1; number <= 5; number++) {
            ports.add(port(number, number == 5 ? new Qos(null, 10_000) : null));
        }
        HostNetwork network = network();
        check(driver.apply(network));
        for (Port port : ports) {
            cards.add(driver.attach(network, port.id()));
        }
        check(driver.apply(network));
        measure(WARM_UP);
        print("nobody floods", measure(rounds));
        flooded("one floods another with small datagrams", 2, udp(2, 3, SMALL));
        flooded("one floods another with full datagrams", 2, udp(2, 3, FULL));
        flooded("one floods the receiver with small datagrams", 2, udp(2, 1, SMALL));
        flooded("one asks all for an address without pause", 2, arp(2));
        flooded("one sends to all without pause", 2, toAll(2));
        flooded("one that may send 10 Mbit/s floods another", 4, udp(4, 3, FULL));
        for (Attachment card : cards) {
            card.close();
        }
        check(driver.remove(network.id()));
    }

    private void flooded(String name, int from, byte[] frame) throws Exception {
        Flood flood = new Flood(cards.get(from).tap(), frame);
        try (Drain _ = new Drain(cards.get(3).tap())) {
            List<Double> taken = measure(rounds);
            double perSecond = flood.end();
            print(name + " (%,.0f/s)".formatted(perSecond), taken);
        }
    }

    /** From the sender's write until the receiver has it, in microseconds; what is lost counts as 100 ms. */
    private List<Double> measure(int count) throws Exception {
        List<Double> taken = new ArrayList<>();
        TapDevice sender = cards.get(0).tap();
        TapDevice receiver = cards.get(1).tap();
        byte[] frame = udp(0, 1, Integer.BYTES);
        for (int number = 0; number < count; number++) {
            ByteBuffer.wrap(frame).putInt(frame.length - Integer.BYTES, number);
            long begin = System.nanoTime();
            sender.send(frame);
            taken.add(received(receiver, number, begin) ? (System.nanoTime() - begin) / 1e3 : LOST_NANOS / 1e3);
            // A guest that takes what it gets; and without a pause it would be over before the flood is felt.
            for (long next = System.nanoTime() + PAUSE_NANOS; System.nanoTime() < next; ) {
                if (receiver.receive(Duration.ZERO).isEmpty()) {
                    LockSupport.parkNanos(PAUSE_NANOS / 10);
                }
            }
        }
        return taken;
    }

    private static boolean received(TapDevice receiver, int number, long begin) throws IOException {
        while (System.nanoTime() - begin < LOST_NANOS) {
            Optional<byte[]> frame = receiver.receive(Duration.ofMillis(10));
            if (frame.isPresent()
                    && frame.get().length == 42 + Integer.BYTES
                    && ByteBuffer.wrap(frame.get()).getInt(42) == number) {
                return true;
            }
        }
        return false;
    }

    private static final class Flood {
        private final Thread thread;
        private final long began = System.nanoTime();
        private volatile boolean ended;
        private volatile long sent;

        Flood(TapDevice from, byte[] frame) {
            thread = Thread.ofPlatform().start(() -> {
                while (!ended) {
                    try {
                        from.send(frame);
                        sent++;
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
        }

        double end() throws InterruptedException {
            double rate = sent * 1e9 / (System.nanoTime() - began);
            ended = true;
            thread.join();
            return rate;
        }
    }

    /** A guest that takes what it gets. */
    private static final class Drain implements AutoCloseable {
        private final Thread thread;
        private volatile boolean ended;

        Drain(TapDevice card) {
            thread = Thread.ofPlatform().start(() -> {
                while (!ended) {
                    try {
                        Optional<byte[]> _ = card.receive(Duration.ofMillis(10));
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
        }

        @Override
        public void close() throws InterruptedException {
            ended = true;
            thread.join();
        }
    }

    private byte[] udp(int from, int to, int payload) {
        return udp(ports.get(from), ports.get(to).mac().bytes(), ports.get(to).addresses().getFirst(), payload);
    }

    private byte[] toAll(int from) {
        return udp(ports.get(from), ALL, Ip.parse("10.0.255.255"), SMALL);
    }

    private static byte[] udp(Port from, byte[] station, Ip to, int payload) {
        int length = 28 + payload;
        ByteBuffer frame = ByteBuffer.allocate(14 + length)
                .put(station)
                .put(from.mac().bytes())
                .putShort((short) 0x0800)
                .putShort((short) 0x4500)
                .putShort((short) length)
                .putInt(0)
                .put((byte) 64)
                .put((byte) 17)
                .putShort((short) 0)
                .put(from.addresses().getFirst().bytes())
                .put(to.bytes())
                .putShort((short) 4000)
                .putShort((short) 4001)
                .putShort((short) (8 + payload));
        frame.putShort(24, checksum(frame.array()));
        return frame.array();
    }

    private static short checksum(byte[] frame) {
        int sum = 0;
        for (int i = 14; i < 34; i += 2) {
            sum += (frame[i] & 0xff) << 8 | frame[i + 1] & 0xff;
        }
        return (short) ~((sum & 0xffff) + (sum >> 16));
    }

    private byte[] arp(int from) {
        Port card = ports.get(from);
        return ByteBuffer.allocate(42)
                .put(ALL)
                .put(card.mac().bytes())
                .putShort((short) 0x0806)
                .put(new byte[] {0, 1, 8, 0, 6, 4, 0, 1})
                .put(card.mac().bytes())
                .put(card.addresses().getFirst().bytes())
                .put(new byte[6])
                .put(Ip.parse("10.0.9.9").bytes())
                .array();
    }

    private HostNetwork network() {
        List<SecurityRule> open = new ArrayList<>();
        for (SecurityRule.Direction direction : SecurityRule.Direction.values()) {
            open.add(new SecurityRule(
                    UUID.randomUUID(),
                    direction,
                    SecurityRule.Family.IPV4,
                    SecurityRule.Protocol.ANY,
                    null,
                    null,
                    null,
                    null));
        }
        return new HostNetwork(
                NetworkId.random(),
                TenantId.random(),
                "bench",
                1,
                new Segment.Overlay(1),
                1450,
                List.of(new Subnet(Cidr.parse("10.0.0.0/16"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of())),
                ports,
                List.of(new SecurityGroup(GROUP, "open", open)),
                List.of());
    }

    private static Port port(int number, Qos qos) {
        return new Port(
                NicId.random(),
                VmId.random(),
                new Mac("52:54:00:00:00:%02x".formatted(number)),
                List.of(Ip.parse("10.0.1.0").plus(number)),
                "vm-" + number,
                new Port.Place(true, null),
                List.of(),
                List.of(GROUP),
                true,
                qos);
    }

    private static void check(Applied applied) {
        if (applied.problem() != null) {
            throw new IllegalStateException(applied.problem());
        }
    }

    private static void print(String name, List<Double> micros) {
        List<Double> sorted = micros.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "{\"name\": \"%s\", \"value\": %.1f, \"unit\": \"us\", \"p99\": %.1f, \"rounds\": %d}%n",
                name,
                sorted.get(sorted.size() / 2),
                sorted.get((int) (sorted.size() * 0.99)),
                sorted.size());
    }
}
