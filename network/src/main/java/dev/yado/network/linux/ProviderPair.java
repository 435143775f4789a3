package dev.yado.network.linux;

import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.LinkRequests.End;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.protocol.address.Mac;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pair between a namespace and a provider's bridge. Its outer end is up, a port of the bridge and has the bridge's MTU: a smaller
 * one would make the bridge itself smaller, for everybody.
 *
 * @param id of the network or router that the outer end is named after
 * @param mtu of the inner end
 * @param mac of the inner end; null: any
 */
record ProviderPair(
        Underlay underlay,
        Place.Held place,
        Link bridge,
        Object id,
        int mtu,
        @Nullable Mac mac) {
    private static final String WHAT = "the way to the provider network";

    List<Change> changes() throws IOException {
        Link inner = place.socket().link(Links.PROVIDER).orElse(null);
        Link outer = underlay.socket().link(Links.providerEnd(id)).orElse(null);
        return inner != null && outer != null && inner.kind() instanceof LinkKind.Veth
                ? compare(inner, outer)
                : make(inner, outer);
    }

    private List<Change> compare(Link inner, Link outer) {
        List<Change> changes = new ArrayList<>();
        RouteSocket inside = place.socket();
        if (inner.mtu() != mtu) {
            changes.add(new Change(
                    Difference.changed("the MTU of " + WHAT + ", which was " + inner.mtu()),
                    inside,
                    LinkRequests.mtu(inner.index(), mtu)));
        }
        if (mac != null && !mac.equals(inner.mac())) {
            changes.add(new Change(
                    Difference.changed("the Ethernet address of " + WHAT + ", which was " + inner.mac()),
                    inside,
                    LinkRequests.mac(inner.index(), mac)));
        }
        if (outer.master() != bridge.index() || !outer.up()) {
            changes.add(new Change(
                    Difference.changed(WHAT + ", which did not reach " + bridge.name()),
                    underlay.socket(),
                    LinkRequests.master(outer.index(), bridge.index()),
                    LinkRequests.up(outer.index())));
        }
        return changes;
    }

    private List<Change> make(@Nullable Link inner, @Nullable Link outer) throws IOException {
        List<Change> changes = new ArrayList<>();
        if (inner != null) {
            changes.add(new Change(
                    Difference.foreign("a link in the place of " + WHAT), place.socket(), LinkRequests.delete(inner)));
        }
        if (outer != null) {
            changes.add(new Change(
                    Difference.foreign("the link " + outer.name() + " in the underlay"),
                    underlay.socket(),
                    LinkRequests.delete(outer)));
        }
        String name = Links.providerEnd(id);
        changes.add(new Change(
                Difference.missing(WHAT),
                underlay.socket(),
                LinkRequests.addPair(
                        new End(name, bridge.mtu(), null),
                        place.ground().namespace(),
                        new End(Links.PROVIDER, mtu, mac)),
                LinkRequests.masterUp(name, bridge.index())));
        return changes;
    }
}
