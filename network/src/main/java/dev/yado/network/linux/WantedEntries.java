package dev.yado.network.linux;

import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.ForwardingEntry;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.Neighbour;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which card is where: the forwarding entries of bridge and tunnel, and the neighbours in whose stead the bridge answers. */
final class WantedEntries {
    private final RouteSocket inside;
    private final Link bridge;
    private final Map<String, Link> links = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();

    /** The link that the bridge sends packets for the card out at. */
    private final Map<Mac, Integer> outgoing = new LinkedHashMap<>();

    private final Map<Mac, Ip> remote = new LinkedHashMap<>();
    private final Map<Ip, Mac> neighbours = new LinkedHashMap<>();

    private WantedEntries(RouteSocket inside, List<Link> links, Link bridge) {
        this.inside = inside;
        this.bridge = bridge;
        links.forEach(link -> this.links.put(link.name(), link));
    }

    static List<Change> changes(RouteSocket inside, HostNetwork network) throws IOException {
        List<Link> links = inside.links();
        Link bridge = WantedPorts.bridge(links);
        if (bridge == null) {
            return List.of();
        }
        WantedEntries entries = new WantedEntries(inside, links, bridge);
        boolean overlay = network.segment() instanceof Segment.Overlay;
        for (Port port : network.ports()) {
            if (port.place() != null && (overlay || WantedPorts.isBridged(port))) {
                entries.want(port, port.place());
            }
        }
        entries.compareForwarding(inside.forwardingEntries());
        entries.compareNeighbours(inside.neighbours(bridge.index()));
        return entries.changes;
    }

    private void want(Port port, Port.Place place) {
        if (WantedPorts.isBridged(port)) {
            Link device = links.get(WantedPorts.device(port));
            if (device != null) {
                outgoing.put(port.mac(), device.index());
            }
        } else {
            Link tunnel = links.get(Links.TUNNEL);
            if (tunnel == null || place.tunnelEndpoint() == null) {
                return;
            }
            outgoing.put(port.mac(), tunnel.index());
            remote.put(port.mac(), place.tunnelEndpoint());
        }
        port.addresses().forEach(address -> neighbours.put(address, port.mac()));
    }

    private void compareForwarding(List<ForwardingEntry> there) {
        Map<Mac, Integer> ofBridge = new HashMap<>();
        Map<Mac, Ip> ofTunnel = new HashMap<>();
        for (ForwardingEntry entry : there) {
            switch (entry) {
                case ForwardingEntry.OfBridge(Mac mac, int link, boolean learned) -> {
                    if (!learned && link != bridge.index()) {
                        ofBridge.put(mac, link);
                        // One that is wanted elsewhere moves there when it is added.
                        foreignUnless(outgoing.containsKey(mac), entry, "the forwarding entry of " + mac);
                    }
                }
                case ForwardingEntry.OfTunnel(Mac mac, int _, Ip host) -> {
                    if (host != null) {
                        ofTunnel.put(mac, host);
                    }
                    foreignUnless(remote.containsKey(mac), entry, "the tunnel entry of " + mac + " to " + host);
                }
                case ForwardingEntry.Flood(int _, Ip host) ->
                    foreignUnless(false, entry, "the tunnel entry of all unknown cards to " + host);
            }
        }
        outgoing.forEach((mac, link) -> {
            Ip host = remote.get(mac);
            if (!link.equals(ofBridge.get(mac)) || host != null && !host.equals(ofTunnel.get(mac))) {
                add(mac, link, host, ofBridge.containsKey(mac) && (host == null || ofTunnel.containsKey(mac)));
            }
        });
    }

    private void foreignUnless(boolean wanted, ForwardingEntry entry, String what) {
        if (!wanted) {
            changes.add(new Change(Difference.foreign(what), inside, AddressRequests.delete(entry)));
        }
    }

    private void add(Mac mac, int link, @Nullable Ip host, boolean moved) {
        String what = "the forwarding entry of " + mac + (host == null ? " on this host" : " to " + host);
        ForwardingEntry entry = host == null
                ? new ForwardingEntry.OfBridge(mac, link, false)
                : new ForwardingEntry.OfTunnel(mac, link, host);
        changes.add(new Change(
                moved ? Difference.changed(what) : Difference.missing(what), inside, AddressRequests.add(entry)));
    }

    private void compareNeighbours(List<Neighbour> all) {
        Map<Ip, Neighbour> there = new HashMap<>();
        for (Neighbour neighbour : all) {
            there.put(neighbour.address(), neighbour);
            if (neighbour.permanent() && !neighbours.containsKey(neighbour.address())) {
                changes.add(new Change(
                        Difference.foreign("the neighbour " + neighbour.address() + " at " + neighbour.mac()),
                        inside,
                        AddressRequests.delete(neighbour)));
            }
        }
        neighbours.forEach((address, mac) -> {
            Neighbour wanted = new Neighbour(bridge.index(), address, mac);
            Neighbour found = there.get(address);
            if (!wanted.equals(found)) {
                changes.add(new Change(difference(wanted, found), inside, AddressRequests.add(wanted)));
            }
        });
    }

    private static Difference difference(Neighbour wanted, @Nullable Neighbour found) {
        String what = "the neighbour " + wanted.address() + " at " + wanted.mac();
        if (found == null) {
            return Difference.missing(what);
        }
        // As dnsmasq leaves it when it answers a guest that has no address yet: it tells the kernel the guest's
        // station.
        return found.mac().equals(wanted.mac()) ? Difference.worn(what) : Difference.changed(what);
    }
}
