package dev.yado.network.linux;

import static dev.yado.protocol.network.PacketTrace.Verdict.DROP;
import static dev.yado.protocol.network.PacketTrace.Verdict.PASS;

import dev.yado.kernel.netlink.ForwardingEntry;
import dev.yado.kernel.netlink.Link;
import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.PacketTrace.Hop;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Follows a packet through the devices of one network on this host; what the parts say is between card and forwarding. */
final class NetworkTrace {
    private final List<NetworkPart> parts;
    private final Place place;
    private final HostNetwork network;
    private final PacketTrace.Question question;

    NetworkTrace(List<NetworkPart> parts, Place place, HostNetwork network, PacketTrace.Question question) {
        this.parts = parts;
        this.place = place;
        this.network = network;
        this.question = question;
    }

    PacketTrace.Answer answer() throws IOException {
        Optional<Place.Held> held = place.look();
        if (held.isEmpty()) {
            return new PacketTrace.Answer(List.of(
                    new Hop("network", PASS, DROP, "the network is not on this host: its namespace is missing")));
        }
        List<Link> links = held.get().socket().links();
        List<Hop> ofParts = new ArrayList<>();
        for (NetworkPart part : parts) {
            ofParts.addAll(part.trace(held.get().ground(), network, question));
        }
        List<Hop> hops = new ArrayList<>();
        if (question.direction() == SecurityRule.Direction.OUT) {
            hops.add(card(links));
            hops.addAll(ofParts);
            hops.add(forwarding(links, held.get().socket().forwardingEntries()));
        } else {
            hops.add(forwarding(links, held.get().socket().forwardingEntries()));
            hops.addAll(ofParts);
            hops.add(card(links));
        }
        return new PacketTrace.Answer(hops);
    }

    private Hop card(List<Link> links) {
        Port port = network.ports().stream()
                .filter(candidate -> candidate.id().equals(question.at()))
                .findFirst()
                .orElse(null);
        if (port == null || !WantedPorts.isHere(port)) {
            return new Hop("card", DROP, DROP, "the card " + question.at() + " is not one of this host");
        }
        String device = WantedPorts.device(port);
        Link bridge = WantedPorts.bridge(links);
        Link link = named(links, device);
        if (link == null) {
            return new Hop("card", PASS, DROP, "no running guest has it plugged in: there is no " + device);
        }
        if (!link.up() || bridge == null || link.master() != bridge.index()) {
            return new Hop("card", PASS, DROP, device + " is down or no port of the bridge");
        }
        return new Hop("card", PASS, PASS, device + " is a port of the bridge");
    }

    /** Where the destination is, by the desired state, and where the bridge would send it now. */
    private Hop forwarding(List<Link> links, List<ForwardingEntry> entries) {
        Port target = target();
        if (target == null) {
            return isService(question.destination())
                    ? new Hop("forwarding", PASS, PASS, question.destination() + " is this host's own service")
                    : new Hop(
                            "forwarding",
                            DROP,
                            DROP,
                            "no card of the network has " + question.destination()
                                    + ", and no subnet's gateway leads further");
        }
        Port.Place at = target.place();
        if (at == null) {
            return new Hop("forwarding", DROP, DROP, "the card " + target.id() + " has no host: its VM is not placed");
        }
        Link link = named(links, WantedPorts.isBridged(target) ? WantedPorts.device(target) : Links.TUNNEL);
        boolean bridged =
                link != null && entries.contains(new ForwardingEntry.OfBridge(target.mac(), link.index(), false));
        if (WantedPorts.isBridged(target)) {
            return hop(bridged, target, "is on this host");
        }
        Ip host = at.tunnelEndpoint();
        boolean tunnelled = bridged
                && link != null
                && link.up()
                && host != null
                && entries.contains(new ForwardingEntry.OfTunnel(target.mac(), link.index(), host));
        return hop(tunnelled, target, "is behind " + host);
    }

    private static Hop hop(boolean real, Port target, String where) {
        Verdict now = real ? PASS : DROP;
        return new Hop(
                "forwarding",
                PASS,
                now,
                "the card " + target.id() + " (" + target.mac() + ") " + where
                        + (real ? "" : ", and the kernel has no forwarding entry that says so"));
    }

    private @Nullable Port target() {
        Ip destination = question.destination();
        Port owner = owner(destination);
        if (owner != null || isService(destination)) {
            return owner;
        }
        boolean near =
                network.subnets().stream().anyMatch(subnet -> subnet.cidr().contains(destination));
        return near
                ? null
                : network.subnets().stream()
                        .map(Subnet::gateway)
                        .filter(gateway -> gateway != null && gateway.v6() == destination.v6())
                        .map(this::owner)
                        .filter(port -> port != null)
                        .findFirst()
                        .orElse(null);
    }

    private @Nullable Port owner(Ip address) {
        return network.ports().stream()
                .filter(port -> port.addresses().contains(address))
                .findFirst()
                .orElse(null);
    }

    private boolean isService(Ip address) {
        return address.equals(ServiceAddresses.METADATA)
                || address.equals(ServiceAddresses.LINK_LOCAL)
                || network.subnets().stream()
                        .anyMatch(subnet -> subnet.service().equals(address));
    }

    private static @Nullable Link named(List<Link> links, String name) {
        return links.stream()
                .filter(link -> link.name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
