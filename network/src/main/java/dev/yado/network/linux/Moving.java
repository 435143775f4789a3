package dev.yado.network.linux;

import dev.yado.kernel.PacketSocket;
import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.ForwardingEntry;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.Refused;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where packets for a card go, changed while its guest is held: one look at the links and one batch of requests. */
final class Moving {
    private Moving() {}

    /** Its device, whose rules are there, becomes a port of the bridge. An entry of the tunnel that is left over leads nobody anywhere. */
    static void here(Place.Held held, HostNetwork network, Port port) throws IOException {
        Plug.connect(held.socket(), network, port, Links.tap(port.id()));
        if (!(network.segment() instanceof Segment.Overlay)) {
            announce(held, port);
        }
    }

    /** The data centre's switches learn where the card is from what it sends, so something is sent in its name at once. */
    private static void announce(Place.Held held, Port port) throws IOException {
        Optional<Link> out = held.socket().link(Links.PROVIDER);
        if (out.isPresent()) {
            try (PacketSocket socket = PacketSocket.open(held.ground().namespace())) {
                for (Ip address : port.addresses()) {
                    socket.send(out.get().index(), Announcement.ofGuest(port.mac(), address));
                }
            }
        }
    }

    static void away(Place.Held held, HostNetwork network, Port port) throws IOException {
        RouteSocket inside = held.socket();
        List<Link> links = inside.links();
        Optional<Link> device = named(links, Links.tap(port.id()));
        Optional<Link> tunnel = named(links, Links.TUNNEL);
        Ip to = port.place() == null ? null : port.place().tunnelEndpoint();
        List<NetlinkRequest> requests = new ArrayList<>();
        if (network.segment() instanceof Segment.Overlay && tunnel.isPresent() && to != null) {
            requests.add(AddressRequests.add(
                    new ForwardingEntry.OfTunnel(port.mac(), tunnel.get().index(), to)));
        } else if (device.isPresent()) {
            requests.add(AddressRequests.delete(
                    new ForwardingEntry.OfBridge(port.mac(), device.get().index(), false)));
        }
        try {
            inside.run(requests);
        } catch (IOException e) {
            if (!Refused.isGone(e)) { // The bridge has heard of its new place already.
                throw e;
            }
        }
    }

    private static Optional<Link> named(List<Link> links, String name) {
        return links.stream().filter(link -> link.name().equals(name)).findFirst();
    }
}
