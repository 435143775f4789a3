package dev.yado.network.linux;

import dev.yado.kernel.netlink.BridgePort;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which devices are ports of the bridge, and what it does at them. Those that are to be and do not exist are not waited for. */
final class WantedPorts {
    /** Speaks only for known stations; packets for others, and for all, stay on the host. */
    static final BridgePort TUNNEL = new BridgePort(false, false, false, false, true);

    /** There are stations that nobody has told of. */
    static final BridgePort PROVIDER = new BridgePort(true, true, true, true, false);

    /**
     * A guest or a router, whose address is known. Not "answered": the bridge would not answer what comes from here; nor has it to, who is
     * asked for on this host answers itself.
     */
    static final BridgePort CARD = new BridgePort(false, false, true, true, false);

    private final RouteSocket inside;
    private final HostNetwork network;
    private final Link bridge;
    private final List<Change> changes = new ArrayList<>();

    private WantedPorts(RouteSocket inside, HostNetwork network, Link bridge) {
        this.inside = inside;
        this.network = network;
        this.bridge = bridge;
    }

    static List<Change> changes(RouteSocket inside, HostNetwork network) throws IOException {
        List<Link> links = inside.links();
        Link bridge = bridge(links);
        if (bridge == null) {
            return List.of();
        }
        WantedPorts wanted = new WantedPorts(inside, network, bridge);
        Map<String, BridgePort> flags = wanted.flags();
        for (Link link : links) {
            BridgePort port = flags.get(link.name());
            if (port != null) {
                wanted.port(link, port);
            } else if (link.master() == bridge.index()) {
                wanted.stranger(link);
            }
        }
        return wanted.changes;
    }

    static @Nullable Link bridge(List<Link> links) {
        return links.stream()
                .filter(link -> link.name().equals(Links.BRIDGE))
                .findFirst()
                .orElse(null);
    }

    private Map<String, BridgePort> flags() {
        Map<String, BridgePort> flags = new HashMap<>();
        if (network.segment() instanceof Segment.Overlay) {
            flags.put(Links.TUNNEL, TUNNEL);
        } else {
            flags.put(Links.PROVIDER, PROVIDER);
        }
        for (Port port : network.ports()) {
            if (isBridged(port)) {
                flags.put(device(port), CARD);
            }
        }
        return flags;
    }

    /** The device of one that is still to arrive is outside: what the process that waits for the guest sends meanwhile meets nobody. */
    static boolean isBridged(Port port) {
        return port.place() != null && port.place().here() && !port.place().arriving();
    }

    static boolean isHere(Port port) {
        return port.place() != null && port.place().here();
    }

    /** Of a port that is here. */
    static String device(Port port) {
        return port.vm() == null ? Links.leg(port.id()) : Links.tap(port.id());
    }

    private void port(Link link, BridgePort flags) {
        List<String> wrong = new ArrayList<>();
        List<NetlinkRequest> requests = new ArrayList<>();
        if (link.master() != bridge.index()) {
            wrong.add("was no port of the bridge");
            requests.add(LinkRequests.master(link.index(), bridge.index()));
        }
        if (!flags.equals(link.port()) || link.master() != bridge.index()) {
            wrong.add("had other flags");
            requests.add(LinkRequests.port(link.index(), flags));
        }
        if (link.mtu() != network.mtu()) {
            wrong.add("had an MTU of " + link.mtu());
            requests.add(LinkRequests.mtu(link.index(), network.mtu()));
        }
        if (!link.up()) {
            wrong.add("was down");
            requests.add(LinkRequests.up(link.index()));
        }
        if (!wrong.isEmpty()) {
            changes.add(new Change(
                    Difference.changed("the bridge port " + link.name() + ", which " + String.join(" and ", wrong)),
                    inside,
                    requests));
        }
    }

    /** It is left to whoever made it, a running guest perhaps, but not in this network. */
    private void stranger(Link link) {
        String what = link.alias().isEmpty() ? "" : " of the card " + link.alias();
        changes.add(new Change(
                Difference.foreign("the bridge port " + link.name() + what),
                inside,
                LinkRequests.master(link.index(), 0)));
    }
}
