package dev.yado.network.service;

import dev.yado.network.Difference;
import dev.yado.network.ServiceAddresses;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.NetworkPart;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells each guest of itself at 169.254.169.254 and fe80::a9fe:a9fe, in the words of EC2 and of OpenStack. A guest is known by the
 * address that it asks from, which the rules of its card let it not forge. In this process: while the daemon is down nobody is told.
 */
public final class MetadataService implements NetworkPart {
    private static final String WHAT = "the metadata service";
    private static final int PORT = 80;
    private static final int BACKLOG = 128;
    /** How /proc/net/tcp writes a listening socket's addresses. */
    private static final String LISTENS_V4 = "FEA9FEA9:0050";

    private static final String LISTENS_V6 = "000080FE0000000000000000FEA9FEA9:0050";

    private final Guests guests;
    private final MetadataPages pages = new MetadataPages(new SessionTokens(InstantSource.system()));
    private final GuestLimits limits = new GuestLimits(System::nanoTime);
    private final Map<NetworkId, HostNetwork> networks = new ConcurrentHashMap<>();
    private final Map<NetworkId, List<MetadataListener>> listeners = new HashMap<>();

    public MetadataService(Guests guests) {
        this.guests = guests;
    }

    @Override
    public List<Difference> apply(Ground ground, HostNetwork network) throws IOException {
        networks.put(network.id(), network);
        keepLimits();
        List<Difference> differences = differences(ground, network);
        if (!differences.isEmpty()) {
            stop(network.id());
            start(ground, network);
        }
        return differences;
    }

    @Override
    public List<Difference> differences(Ground ground, HostNetwork network) throws IOException {
        boolean ours;
        synchronized (listeners) {
            ours = listeners.getOrDefault(network.id(), List.of()).stream()
                            .filter(MetadataListener::open)
                            .count()
                    == 2;
        }
        return ours && listens(ground) ? List.of() : List.of(Difference.missing(WHAT));
    }

    /** Whether there are such sockets in the namespace that is the network's now. */
    private static boolean listens(Ground ground) throws IOException {
        return ground.namespace().call(() -> has("tcp", LISTENS_V4) && has("tcp6", LISTENS_V6));
    }

    private static boolean has(String table, String address) throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/net", table)).stream()
                .map(line -> line.strip().split("\\s+"))
                .anyMatch(words -> words.length > 3 && words[1].equals(address) && words[3].equals("0A"));
    }

    @Override
    public void plug(Ground ground, HostNetwork network, Port port, String device) {}

    @Override
    public void remove(NetworkId network, Ground ground) {
        stop(network);
        networks.remove(network);
        keepLimits();
    }

    @Override
    public void close() {
        Set<NetworkId> all;
        synchronized (listeners) {
            all = new HashSet<>(listeners.keySet());
        }
        all.forEach(this::stop);
    }

    private void start(Ground ground, HostNetwork network) throws IOException {
        List<ServerSocketChannel> channels = new ArrayList<>();
        try {
            ground.namespace().call(() -> {
                channels.add(listening(StandardProtocolFamily.INET, ServiceAddresses.METADATA.inet()));
                channels.add(listening(StandardProtocolFamily.INET6, scoped(ServiceAddresses.LINK_LOCAL)));
                return channels;
            });
        } catch (IOException e) {
            for (ServerSocketChannel channel : channels) {
                channel.close();
            }
            throw new IOException(WHAT + " cannot listen in network " + network.name() + ": " + e.getMessage(), e);
        }
        NetworkId id = network.id();
        synchronized (listeners) {
            listeners.put(
                    id,
                    channels.stream()
                            .map(channel ->
                                    MetadataListener.start(channel, source -> card(id, source), limits, this::answer))
                            .toList());
        }
    }

    private static ServerSocketChannel listening(StandardProtocolFamily family, InetAddress address)
            throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(family);
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(new InetSocketAddress(address, PORT), BACKLOG);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** A link-local address is one only together with its device. */
    private static InetAddress scoped(Ip address) throws IOException {
        NetworkInterface bridge = NetworkInterface.getByName(Links.BRIDGE);
        if (bridge == null) {
            throw new IOException("there is no device " + Links.BRIDGE);
        }
        return Inet6Address.getByAddress("", address.bytes(), bridge.getIndex());
    }

    private void stop(NetworkId network) {
        List<MetadataListener> ended;
        synchronized (listeners) {
            ended = listeners.getOrDefault(network, List.of());
            listeners.remove(network);
        }
        ended.forEach(MetadataListener::close);
    }

    private MetadataRequest.Answer answer(NicId nic, MetadataRequest request) {
        return guests.of(nic)
                .map(guest -> pages.answer(request, nic, guest, networks))
                .orElseGet(MetadataRequest.Answer::notFound);
    }

    /** The card of a guest here that has the address, also the link-local one that follows from its station. Null: none. */
    private @Nullable NicId card(NetworkId id, Ip source) {
        HostNetwork network = networks.get(id);
        if (network == null) {
            return null;
        }
        for (Port port : network.ports()) {
            boolean here =
                    port.vm() != null && port.place() != null && port.place().here();
            if (here && (port.addresses().contains(source) || source.equals(linkLocal(port)))) {
                return port.id();
            }
        }
        return null;
    }

    /** RFC 4291, appendix A. */
    static Ip linkLocal(Port port) {
        byte[] mac = port.mac().bytes();
        return Ip.of(new byte[] {
            (byte) 0xfe,
            (byte) 0x80,
            0,
            0,
            0,
            0,
            0,
            0,
            (byte) (mac[0] ^ 2),
            mac[1],
            mac[2],
            (byte) 0xff,
            (byte) 0xfe,
            mac[3],
            mac[4],
            mac[5]
        });
    }

    private void keepLimits() {
        Set<NicId> cards = new HashSet<>();
        networks.values().forEach(network -> network.ports().forEach(port -> cards.add(port.id())));
        limits.keep(cards);
    }
}
