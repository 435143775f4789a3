package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.protocol.address.Ip;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the networks of this host go over: its own network namespace, or one that is given. */
public final class Underlay implements AutoCloseable {
    /** That of RFC 7348. */
    public static final int DEFAULT_PORT = 4789;

    private static final int OVERHEAD_IPV4 = 50;
    private static final int OVERHEAD_IPV6 = 70;

    private final NetworkNamespace namespace;
    private final RouteSocket socket;
    private final @Nullable Ip endpoint;
    private final int port;
    private final Map<String, String> providers;

    private Underlay(NetworkNamespace namespace, @Nullable Ip endpoint, int port, Map<String, String> providers)
            throws IOException {
        this.namespace = namespace;
        this.socket = RouteSocket.open(namespace);
        this.endpoint = endpoint;
        this.port = port;
        this.providers = Map.copyOf(providers);
    }

    /**
     * @param file names the namespace; null: the one of this process
     * @param endpoint where other hosts send their tunnelled packets; null: this host carries no tunnels
     * @param port of UDP, the same on all hosts
     * @param providers the bridges in the underlay by the names of the provider networks that they lead to
     */
    public static Underlay open(@Nullable Path file, @Nullable Ip endpoint, int port, Map<String, String> providers)
            throws IOException {
        NetworkNamespace namespace = file == null
                ? NetworkNamespace.ofThisProcess()
                : NetworkNamespace.open(file)
                        .orElseThrow(() -> new IOException("there is no network namespace at " + file
                                + ": make it (ip netns add) or start the daemon without --underlay-netns"));
        try {
            return new Underlay(namespace, endpoint, port, providers);
        } catch (IOException | RuntimeException e) {
            namespace.close();
            throw e;
        }
    }

    RouteSocket socket() {
        return socket;
    }

    NetworkNamespace namespace() {
        return namespace;
    }

    @Nullable
    Ip endpoint() {
        return endpoint;
    }

    List<String> providers() {
        return providers.keySet().stream().sorted().toList();
    }

    /** The link that has the endpoint's address. */
    Link carrier() throws IOException {
        Ip address = endpoint;
        if (address == null) {
            throw new IOException(
                    "this host has no tunnel endpoint: start the daemon with --underlay-address or --underlay-device");
        }
        int index = socket.addresses().stream()
                .filter(candidate -> candidate.address().equals(address))
                .map(InterfaceAddress::link)
                .findFirst()
                .orElseThrow(() -> new IOException("no interface of this host has the tunnel endpoint " + address
                        + ": give it to one, or start the daemon with the right --underlay-address"));
        return socket.links().stream()
                .filter(link -> link.index() == index)
                .findFirst()
                .orElseThrow(() -> new IOException("the interface of " + address + " went away just now"));
    }

    /** The tunnel of the network, when its packets fit. */
    LinkKind.Vxlan tunnel(int vni, int mtu) throws IOException {
        Link carrier = carrier();
        Ip local = endpoint;
        if (local == null) {
            throw new IllegalStateException("a carrier without an endpoint");
        }
        int room = carrier.mtu() - (local.v6() ? OVERHEAD_IPV6 : OVERHEAD_IPV4);
        if (mtu > room) {
            throw new IOException(
                    "guests' packets of %d bytes do not fit into the tunnel over %s, whose MTU of %d leaves %d:"
                                    .formatted(mtu, carrier.name(), carrier.mtu(), room)
                            + " raise that MTU on all hosts, or make the network's smaller");
        }
        return new LinkKind.Vxlan(vni, local, port);
    }

    /** The bridge that leads to the provider network, when packets of this size fit. */
    Link providerBridge(String provider, int mtu) throws IOException {
        String name = Optional.ofNullable(providers.get(provider))
                .orElseThrow(() -> new IOException("this host has no way to the provider network " + provider
                        + ": start the daemon with --provider " + provider + "=BRIDGE"));
        Link bridge = socket.link(name)
                .orElseThrow(() -> new IOException(
                        "the bridge " + name + " to the provider network " + provider + " is not there: make it"));
        if (!(bridge.kind() instanceof LinkKind.Bridge)) {
            throw new IOException(name + ", which is to lead to the provider network " + provider + ", is no bridge");
        }
        if (mtu > bridge.mtu()) {
            throw new IOException(
                    "packets of %d bytes do not fit through %s, whose MTU is %d: raise it, or make the network's smaller"
                            .formatted(mtu, name, bridge.mtu()));
        }
        return bridge;
    }

    @Override
    public void close() {
        socket.close();
        namespace.close();
    }
}
