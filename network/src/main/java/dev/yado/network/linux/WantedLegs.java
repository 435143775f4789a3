package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.LinkRequests.End;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The devices of a router: a pair to the bridge of each network that it has a leg in, and its way out. */
final class WantedLegs {
    private WantedLegs() {}

    /** Of one leg. What the bridge does at its end of the pair is the network's, whose port it is. */
    static List<Change> leg(Place.Held network, Place.Held router, HostRouter.Leg leg) throws IOException {
        String far = Links.foot(leg.nic());
        String near = Links.leg(leg.nic());
        Link bridge = network.socket()
                .link(Links.BRIDGE)
                .orElseThrow(() -> new IOException("the network " + leg.network() + " has no bridge on this host"));
        Link end = network.socket().link(near).orElse(null);
        Link foot = router.socket().link(far).orElse(null);
        String what = "the leg in network " + leg.network();
        if (end == null || foot == null || !(foot.kind() instanceof LinkKind.Veth)) {
            List<Change> changes = new ArrayList<>();
            if (end != null) {
                changes.add(new Change(
                        Difference.foreign("one end of " + what), network.socket(), LinkRequests.delete(end)));
            } else if (foot != null) {
                changes.add(new Change(
                        Difference.foreign("one end of " + what), router.socket(), LinkRequests.delete(foot)));
            }
            changes.add(new Change(
                    Difference.missing(what),
                    network.socket(),
                    LinkRequests.addPair(
                            new End(near, bridge.mtu(), null),
                            namespace(router),
                            new End(far, bridge.mtu(), leg.mac()))));
            return changes;
        }
        return same(foot, leg.mac(), bridge.mtu(), what, router.socket());
    }

    private static List<Change> same(Link link, Mac mac, int mtu, String what, RouteSocket by) {
        List<Change> changes = new ArrayList<>();
        if (!mac.equals(link.mac())) {
            changes.add(new Change(
                    Difference.changed("the Ethernet address of " + what + ", which was " + link.mac()),
                    by,
                    LinkRequests.mac(link.index(), mac)));
        }
        if (link.mtu() != mtu) {
            changes.add(new Change(
                    Difference.changed("the MTU of " + what + ", which was " + link.mtu()),
                    by,
                    LinkRequests.mtu(link.index(), mtu)));
        }
        return changes;
    }

    /** Legs that the router has no more. */
    static List<Change> strangers(Place.Held router, HostRouter wanted) throws IOException {
        Set<String> feet = new HashSet<>();
        wanted.legs().forEach(leg -> feet.add(Links.foot(leg.nic())));
        List<Change> changes = new ArrayList<>();
        for (Link link : router.socket().links()) {
            boolean stranger = link.name().startsWith(Links.FOOT)
                    ? !feet.contains(link.name())
                    : link.name().equals(Links.PROVIDER) && wanted.uplink() == null;
            if (stranger) {
                changes.add(new Change(
                        Difference.foreign("the link " + link.name()), router.socket(), LinkRequests.delete(link)));
            }
        }
        return changes;
    }

    static List<Change> uplink(Underlay underlay, Place.Held router, HostRouter wanted) throws IOException {
        HostRouter.Uplink uplink = wanted.uplink();
        if (uplink == null) {
            return List.of();
        }
        return switch (uplink.segment()) {
            case Segment.Flat(String provider) ->
                new ProviderPair(
                                underlay,
                                router,
                                underlay.providerBridge(provider, uplink.mtu()),
                                wanted.id(),
                                uplink.mtu(),
                                uplink.mac())
                        .changes();
            case Segment.Vlan(String provider, int tag) -> vlan(underlay, router, uplink, provider, tag);
            case Segment.Overlay _ ->
                throw new IOException("the uplink of a router is in a provider network, not in a tunnel");
        };
    }

    private static List<Change> vlan(
            Underlay underlay, Place.Held router, HostRouter.Uplink uplink, String provider, int tag)
            throws IOException {
        Link bridge = underlay.providerBridge(provider, uplink.mtu());
        LinkKind.Vlan kind = new LinkKind.Vlan(bridge.index(), tag);
        Link inner = router.socket().link(Links.PROVIDER).orElse(null);
        if (inner != null && inner.kind().equals(kind)) {
            return same(inner, uplink.mac(), uplink.mtu(), "the uplink", router.socket());
        }
        List<Change> changes = new ArrayList<>();
        if (inner != null) {
            changes.add(new Change(
                    Difference.foreign("a link in the place of the uplink"),
                    router.socket(),
                    LinkRequests.delete(inner)));
        }
        changes.add(new Change(
                Difference.missing("the uplink"),
                underlay.socket(),
                LinkRequests.addInto(namespace(router), Links.PROVIDER, kind, uplink.mtu(), uplink.mac())));
        return changes;
    }

    private static NetworkNamespace namespace(Place.Held router) {
        return router.ground().namespace();
    }
}
