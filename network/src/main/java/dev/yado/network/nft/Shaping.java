package dev.yado.network.nft;

import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.QueueRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.kernel.netlink.TokenBucket;
import dev.yado.network.Difference;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.NetworkPart;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The limits of cards. What goes to a guest waits in a token bucket at its TAP. What it sends is, once its card's rules have let it
 * pass, forwarded by those rules to a device of its own with such a bucket, which puts it back behind them. Redirecting before the
 * rules, as tc does, would have it pass them by: so the {@link Firewall} comes after this part and names the device.
 */
public final class Shaping implements NetworkPart {
    private static final String SHAPER = "ifb";
    private static final int BYTES_PER_KBIT = 125;
    private static final long MOST_BYTES_PER_SECOND = 0xffff_ffffL;
    private static final int LARGEST_PACKET = 1 << 16;
    private static final int QUEUES_PER_SECOND = 10;
    private static final int BURSTS_PER_SECOND = 100;
    private static final int SHAPER_MTU = 65_535;

    @Override
    public List<Difference> apply(Ground ground, HostNetwork network) throws IOException {
        return limit(ground, network, true);
    }

    @Override
    public List<Difference> differences(Ground ground, HostNetwork network) throws IOException {
        return limit(ground, network, false);
    }

    @Override
    public void plug(Ground ground, HostNetwork network, Port port, String device) throws IOException {
        limit(ground, network, true);
    }

    @Override
    public void remove(NetworkId network, Ground ground) {
        // All of it ends with the namespace.
    }

    /** The name of the device through which what the card sends is shaped. */
    static String shaper(Port port) {
        return Links.tap(port.id()).replaceFirst("^tap", SHAPER);
    }

    private static List<Difference> limit(Ground ground, HostNetwork network, boolean apply) throws IOException {
        Map<String, Integer> wanted = new HashMap<>();
        try (RouteSocket socket = RouteSocket.open(ground.namespace())) {
            Map<String, Link> links = byName(socket);
            for (Port port : network.ports()) {
                Qos qos = port.qos();
                if (qos != null && links.containsKey(Links.tap(port.id()))) {
                    want(Links.tap(port.id()), qos.inKbits(), wanted);
                    want(shaper(port), qos.outKbits(), wanted);
                }
            }
            List<Difference> found = new ArrayList<>(shapers(socket, links, wanted.keySet(), apply));
            found.addAll(buckets(socket, apply ? byName(socket) : links, wanted, apply));
            return found;
        }
    }

    private static void want(String device, @Nullable Integer kbits, Map<String, Integer> wanted) {
        if (kbits != null) {
            wanted.put(device, kbits);
        }
    }

    private static Map<String, Link> byName(RouteSocket socket) throws IOException {
        return socket.links().stream().collect(Collectors.toMap(Link::name, Function.identity()));
    }

    private static List<Difference> shapers(
            RouteSocket socket, Map<String, Link> links, Set<String> wanted, boolean apply) throws IOException {
        List<Difference> found = new ArrayList<>();
        for (Link link : links.values()) {
            if (link.name().startsWith(SHAPER) && !wanted.contains(link.name())) {
                found.add(Difference.foreign("the device " + link.name()));
                if (apply) {
                    socket.run(LinkRequests.delete(link));
                }
            }
        }
        for (String name : wanted) {
            Link there = links.get(name);
            if (name.startsWith(SHAPER) && (there == null || !there.up())) {
                found.add(
                        there == null
                                ? Difference.missing("the device " + name)
                                : Difference.changed("the device " + name + " is down"));
                if (apply) {
                    makeUp(socket, name, there);
                }
            }
        }
        return found;
    }

    private static void makeUp(RouteSocket socket, String name, @Nullable Link there) throws IOException {
        if (there == null) {
            socket.run(LinkRequests.add(name, new LinkKind.Other(SHAPER), SHAPER_MTU, null));
        }
        Link made = socket.link(name).orElseThrow(() -> new IOException("the device " + name + " is gone again"));
        socket.run(LinkRequests.up(made.index()));
    }

    private static List<Difference> buckets(
            RouteSocket socket, Map<String, Link> links, Map<String, Integer> wanted, boolean apply)
            throws IOException {
        List<Difference> found = new ArrayList<>();
        Map<Integer, TokenBucket> there =
                socket.tokenBuckets().stream().collect(Collectors.toMap(TokenBucket::link, Function.identity()));
        Set<Integer> limited = new HashSet<>();
        for (Map.Entry<String, Integer> each : wanted.entrySet()) {
            Link link = links.get(each.getKey());
            if (link == null) {
                continue; // A shaper that is missing has been named already.
            }
            limited.add(link.index());
            TokenBucket bucket = bucket(link.index(), each.getValue());
            if (!bucket.equals(there.get(link.index()))) {
                String detail = "the limit of " + each.getKey() + " to " + each.getValue() + " kbit/s";
                found.add(there.containsKey(link.index()) ? Difference.changed(detail) : Difference.missing(detail));
                if (apply) {
                    socket.run(QueueRequests.set(bucket, burst(bucket.bytesPerSecond())));
                }
            }
        }
        for (TokenBucket bucket : there.values()) {
            if (!limited.contains(bucket.link())) {
                found.add(Difference.foreign("the limit of device " + bucket.link()));
                if (apply) {
                    socket.run(QueueRequests.delete(bucket));
                }
            }
        }
        return found;
    }

    static TokenBucket bucket(int link, int kbits) {
        long bytes = Math.min((long) kbits * BYTES_PER_KBIT, MOST_BYTES_PER_SECOND);
        int queue = (int) Math.max(2 * LARGEST_PACKET, Math.min(bytes / QUEUES_PER_SECOND, Integer.MAX_VALUE));
        return new TokenBucket(link, bytes, queue);
    }

    /** What may pass at once after a pause. */
    static int burst(long bytesPerSecond) {
        return (int) Math.max(LARGEST_PACKET, Math.min(bytesPerSecond / BURSTS_PER_SECOND, Integer.MAX_VALUE));
    }
}
