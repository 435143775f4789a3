package dev.yado.network.linux;

import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.ForwardingEntry;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkKind;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.Neighbour;
import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.PortCounters;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Brings devices of cards to the bridge. */
final class Plug {
    private static final byte NOT_THE_GUESTS = (byte) 0xfe;

    private Plug() {}

    /** What the device is, before anything can pass. */
    static void prepare(RouteSocket inside, HostNetwork network, Port port, String device) throws IOException {
        int index = index(inside, device);
        inside.run(List.of(
                LinkRequests.mac(index, ofHostSide(port.mac())),
                LinkRequests.mtu(index, network.mtu()),
                LinkRequests.alias(index, port.id().toString())));
    }

    /** The bridge takes packets for a port's own address as for the host. */
    private static Mac ofHostSide(Mac guest) {
        byte[] bytes = guest.bytes();
        bytes[0] = bytes[0] == NOT_THE_GUESTS ? (byte) 0xfa : NOT_THE_GUESTS;
        return Mac.of(bytes);
    }

    /** Makes it a port of the bridge and lets packets pass: one look and one batch, since a guest may be held meanwhile. */
    static void connect(RouteSocket inside, HostNetwork network, Port port, String device) throws IOException {
        List<Link> links = inside.links();
        int bridge = index(links, Links.BRIDGE);
        List<NetlinkRequest> requests = connect(index(links, device), bridge, port.mac());
        port.addresses()
                .forEach(address -> requests.add(AddressRequests.add(new Neighbour(bridge, address, port.mac()))));
        inside.run(requests);
    }

    /** The end of a router's leg that is in the network. */
    static void connectLeg(RouteSocket inside, HostRouter.Leg leg) throws IOException {
        Link end = inside.link(Links.leg(leg.nic())).orElseThrow();
        int bridge = index(inside, Links.BRIDGE);
        if (end.master() != bridge || !end.up() || !WantedPorts.CARD.equals(end.port())) {
            inside.run(connect(end.index(), bridge, leg.mac()));
        }
    }

    private static List<NetlinkRequest> connect(int index, int bridge, Mac mac) {
        return new ArrayList<>(List.of(
                LinkRequests.master(index, bridge),
                LinkRequests.port(index, WantedPorts.CARD),
                AddressRequests.add(new ForwardingEntry.OfBridge(mac, index, false)),
                LinkRequests.up(index)));
    }

    static void remove(RouteSocket inside, String device) throws IOException {
        Optional<Link> link = inside.link(device);
        if (link.isPresent()) {
            Place.delete(inside, link.get());
        }
    }

    private static int index(RouteSocket inside, String name) throws IOException {
        return index(inside.links(), name);
    }

    private static int index(List<Link> links, String name) throws IOException {
        for (Link link : links) {
            if (link.name().equals(name)) {
                return link.index();
            }
        }
        throw new IOException("the link " + name + " is not there: apply the network first");
    }

    /** Those of guests, by the note at each. */
    static Map<NicId, Link> cards(List<Link> links) {
        Map<NicId, Link> cards = new HashMap<>();
        for (Link link : links) {
            if (link.kind() instanceof LinkKind.Tap) {
                parsed(link.alias()).ifPresent(nic -> cards.put(nic, link));
            }
        }
        return cards;
    }

    private static Optional<NicId> parsed(String alias) {
        try {
            return Optional.of(NicId.of(alias));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // somebody else's device
        }
    }

    /** The guest sends what the device receives. */
    static PortCounters counters(Link link) {
        Link.Counters device = link.counters();
        return new PortCounters(
                new PortCounters.Traffic(device.sentPackets(), device.sentBytes(), device.sentDropped()),
                new PortCounters.Traffic(device.receivedPackets(), device.receivedBytes(), device.receivedDropped()));
    }
}
