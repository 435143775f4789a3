package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The devices that a network has whatever its ports are: bridge and way out. Of the latter, that they exist; they stay down. */
final class WantedLinks {
    private static final LinkKind.Bridge BRIDGE = new LinkKind.Bridge(true, true, false, false);

    private final Underlay underlay;
    private final Place.Held place;
    private final NetworkNamespace namespace;
    private final RouteSocket inside;
    private final HostNetwork network;
    private final Map<String, Link> links;
    private final List<Change> changes = new ArrayList<>();

    private WantedLinks(Underlay underlay, Place.Held place, HostNetwork network) throws IOException {
        this.underlay = underlay;
        this.place = place;
        this.namespace = place.ground().namespace();
        this.inside = place.socket();
        this.network = network;
        this.links = place.socket().links().stream().collect(Collectors.toMap(Link::name, Function.identity()));
    }

    static List<Change> bridge(Underlay underlay, Place.Held place, HostNetwork network) throws IOException {
        WantedLinks wanted = new WantedLinks(underlay, place, network);
        wanted.bridge();
        return wanted.changes;
    }

    static List<Change> wayOut(Underlay underlay, Place.Held place, HostNetwork network) throws IOException {
        WantedLinks wanted = new WantedLinks(underlay, place, network);
        switch (network.segment()) {
            case Segment.Overlay(int vni) -> {
                wanted.tunnel(vni);
                wanted.none(Links.PROVIDER);
            }
            case Segment.Flat(String provider) -> {
                wanted.none(Links.TUNNEL);
                wanted.flat(provider);
            }
            case Segment.Vlan(String provider, int tag) -> {
                wanted.none(Links.TUNNEL);
                wanted.vlan(provider, tag);
            }
        }
        return wanted.changes;
    }

    private void bridge() {
        Link bridge = links.get(Links.BRIDGE);
        NetlinkRequest add = LinkRequests.add(Links.BRIDGE, BRIDGE, network.mtu(), ServiceAddresses.MAC);
        if (bridge == null) {
            changes.add(new Change(Difference.missing("the bridge"), inside, add));
        } else if (!(bridge.kind() instanceof LinkKind.Bridge)) {
            changes.add(new Change(
                    Difference.changed("the bridge, which was no bridge"), inside, LinkRequests.delete(bridge), add));
        } else {
            if (!bridge.kind().equals(BRIDGE)) {
                changes.add(new Change(
                        Difference.changed("what the bridge filters"),
                        inside,
                        LinkRequests.changeBridge(bridge, BRIDGE)));
            }
            if (!ServiceAddresses.MAC.equals(bridge.mac())) {
                changes.add(new Change(
                        Difference.changed("the Ethernet address of the services, which was " + bridge.mac()),
                        inside,
                        LinkRequests.mac(bridge.index(), ServiceAddresses.MAC)));
            }
            mtu(bridge, "the bridge");
        }
    }

    private void mtu(Link link, String what) {
        if (link.mtu() != network.mtu()) {
            changes.add(new Change(
                    Difference.changed("the MTU of " + what + ", which was " + link.mtu()),
                    inside,
                    LinkRequests.mtu(link.index(), network.mtu())));
        }
    }

    private void tunnel(int vni) throws IOException {
        LinkKind.Vxlan kind = underlay.tunnel(vni, network.mtu());
        exactly(
                Links.TUNNEL,
                "the tunnel to other hosts",
                kind,
                LinkRequests.addInto(namespace, Links.TUNNEL, kind, network.mtu(), null));
    }

    private void vlan(String provider, int tag) throws IOException {
        Link bridge = underlay.providerBridge(provider, network.mtu());
        LinkKind.Vlan kind = new LinkKind.Vlan(bridge.index(), tag);
        exactly(
                Links.PROVIDER,
                "the way to the provider network",
                kind,
                LinkRequests.addInto(namespace, Links.PROVIDER, kind, network.mtu(), null));
    }

    private void exactly(String name, String what, LinkKind kind, NetlinkRequest add) {
        Link link = links.get(name);
        if (link == null) {
            changes.add(new Change(Difference.missing(what), underlay.socket(), add));
        } else if (!link.kind().equals(kind)) {
            changes.add(new Change(
                    Difference.changed(what + ", which was " + link.kind()), inside, LinkRequests.delete(link)));
            changes.add(new Change(Difference.missing(what), underlay.socket(), add));
        } else {
            mtu(link, what);
        }
    }

    private void flat(String provider) throws IOException {
        Link bridge = underlay.providerBridge(provider, network.mtu());
        changes.addAll(new ProviderPair(underlay, place, bridge, network.id(), network.mtu(), null).changes());
    }

    private void none(String name) {
        Link link = links.get(name);
        if (link != null) {
            changes.add(new Change(Difference.foreign("the link " + name), inside, LinkRequests.delete(link)));
        }
    }
}
