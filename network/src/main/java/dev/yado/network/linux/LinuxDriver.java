package dev.yado.network.linux;

import dev.yado.kernel.TapDevice;
import dev.yado.kernel.netlink.Link;
import dev.yado.network.Applied;
import dev.yado.network.Attachment;
import dev.yado.network.Carried;
import dev.yado.network.Difference;
import dev.yado.network.NetworkDriver;
import dev.yado.network.PortCounters;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The driver of the Linux kernel, see the package. */
public final class LinuxDriver implements NetworkDriver {
    private final Underlay underlay;
    private final Places<NetworkId> networks;
    private final Places<RouterId> routers;
    private final List<NetworkPart> parts;
    private final RouterPart routing;

    /**
     * @param underlay closed with the driver
     * @param directory for what must outlive this process; nobody else writes into it
     * @param parts in the order in which they are applied; rules come before services
     */
    public LinuxDriver(Underlay underlay, Path directory, List<NetworkPart> parts, RouterPart routing) {
        this.underlay = underlay;
        this.networks = new Places<>(directory.resolve("network"), NetworkId::of);
        this.routers = new Places<>(directory.resolve("router"), RouterId::of);
        this.parts = List.copyOf(parts);
        this.routing = routing;
    }

    @Override
    public NetworkFacts facts() {
        int mtu = 0;
        String problem = null;
        try {
            mtu = underlay.endpoint() == null ? 0 : underlay.carrier().mtu();
        } catch (IOException e) {
            problem = sentence(e);
        }
        return new NetworkFacts("linux", underlay.endpoint(), mtu, underlay.providers(), problem);
    }

    @Override
    public Applied apply(HostNetwork network) {
        return networks.with(network.id(), place -> new NetworkApply(underlay, parts, place, network).run());
    }

    @Override
    public List<Difference> differences(HostNetwork wanted) {
        return networks.with(wanted.id(), place -> new NetworkApply(underlay, parts, place, wanted).differences());
    }

    @Override
    public Applied remove(NetworkId network) {
        return networks.with(network, place -> {
            try {
                Optional<Place.Held> held = place.look();
                for (NetworkPart part : held.isEmpty() ? List.<NetworkPart>of() : parts.reversed()) {
                    part.remove(network, held.get().ground());
                }
                place.remove();
                return new Applied(null, held.isEmpty() ? List.of() : List.of(Difference.foreign("the whole network")));
            } catch (IOException e) {
                return new Applied(sentence(e), List.of());
            }
        });
    }

    @Override
    public Attachment attach(HostNetwork network, NicId nic) {
        Port port = port(network, nic);
        return networks.with(network.id(), place -> {
            try {
                Place.Held held = place.look()
                        .orElseThrow(() -> new HostRefusal(
                                ErrorCode.NOT_FOUND, "the network " + network.id() + " is not on this host"));
                TapDevice tap = TapDevice.create(held.ground().namespace(), Links.tap(nic))
                        .orElseThrow(() -> new HostRefusal(
                                ErrorCode.CONFLICT,
                                "the card " + nic + " is plugged in: a process of an earlier start may still hold it"));
                return new Attachment(nic, plugged(held, network, port, tap));
            } catch (IOException e) {
                throw new HostRefusal(ErrorCode.INTERNAL, "the card " + nic + " cannot be plugged in: " + sentence(e));
            }
        });
    }

    private TapDevice plugged(Place.Held held, HostNetwork network, Port port, TapDevice tap) throws IOException {
        try {
            Plug.prepare(held.socket(), network, port, tap.name());
            for (NetworkPart part : parts) {
                part.plug(held.ground(), network, port, tap.name());
            }
            if (WantedPorts.isBridged(port)) {
                Plug.connect(held.socket(), network, port, tap.name());
            }
            return tap;
        } catch (IOException | RuntimeException e) {
            tap.close();
            throw e;
        }
    }

    @Override
    public void arrived(HostNetwork network, NicId nic) {
        move(network, nic, (held, port) -> {
            Moving.here(held, network, port);
            moved(held, network, port);
        });
    }

    @Override
    public void departed(HostNetwork network, NicId nic) {
        move(network, nic, (held, port) -> {
            Moving.away(held, network, port);
            moved(held, network, port);
        });
    }

    private void moved(Place.Held held, HostNetwork network, Port port) throws IOException {
        for (NetworkPart part : parts) {
            part.moved(held.ground(), network, port);
        }
    }

    @Override
    public List<MovedFlow> flows(HostNetwork network, NicId nic) {
        List<MovedFlow> flows = new ArrayList<>();
        move(network, nic, (held, port) -> flows.addAll(new CardFlows(network.id(), port).of(held.ground())));
        return flows;
    }

    @Override
    public void admit(HostNetwork network, NicId nic, List<MovedFlow> flows) {
        move(network, nic, (held, port) -> new CardFlows(network.id(), port).admit(held.ground(), flows));
    }

    @FunctionalInterface
    private interface Move {
        void make(Place.Held held, Port port) throws IOException;
    }

    /** Waits for nobody: a guest is held meanwhile. What another call is about to do by an older word is mended by the one after. */
    private void move(HostNetwork network, NicId nic, Move move) {
        Port port = port(network, nic);
        Place.Held held = networks.there(network.id())
                .orElseThrow(() ->
                        new HostRefusal(ErrorCode.NOT_FOUND, "the network " + network.id() + " is not on this host"));
        try {
            move.make(held, port);
        } catch (IOException e) {
            throw new HostRefusal(
                    ErrorCode.INTERNAL, "the card " + nic + " cannot be moved as it is to be: " + sentence(e));
        }
    }

    private static Port port(HostNetwork network, NicId nic) {
        return network.ports().stream()
                .filter(candidate -> candidate.id().equals(nic))
                .findFirst()
                .orElseThrow(() ->
                        new HostRefusal(ErrorCode.NOT_FOUND, "the network " + network.id() + " has no card " + nic));
    }

    @Override
    public void detach(NetworkId network, NicId nic) {
        networks.with(network, place -> {
            try {
                Optional<Place.Held> held = place.look();
                if (held.isPresent()) {
                    Plug.remove(held.get().socket(), Links.tap(nic));
                }
                return true;
            } catch (IOException e) {
                throw new HostRefusal(ErrorCode.INTERNAL, "the card " + nic + " cannot be unplugged: " + sentence(e));
            }
        });
    }

    @Override
    public Applied apply(HostRouter router) {
        return routers.with(router.id(), place -> new RouterApply(underlay, networks, routing, place, router).run());
    }

    @Override
    public List<Difference> differences(HostRouter wanted) {
        return routers.with(
                wanted.id(), place -> new RouterApply(underlay, networks, routing, place, wanted).differences());
    }

    @Override
    public Applied remove(RouterId router) {
        return routers.with(router, place -> {
            try {
                Optional<Place.Held> held = place.look();
                if (held.isPresent()) {
                    routing.remove(router, held.get().ground());
                }
                place.remove();
                return new Applied(null, held.isEmpty() ? List.of() : List.of(Difference.foreign("the whole router")));
            } catch (IOException e) {
                return new Applied(sentence(e), List.of());
            }
        });
    }

    @Override
    public Carried carried() {
        Map<NicId, NetworkId> cards = new HashMap<>();
        List<NetworkId> carried = networks.carried();
        for (NetworkId network : carried) {
            cards(network).keySet().forEach(nic -> cards.put(nic, network));
        }
        return new Carried(Set.copyOf(carried), Set.copyOf(routers.carried()), cards);
    }

    @Override
    public Map<NicId, PortCounters> counters() {
        Map<NicId, PortCounters> counters = new HashMap<>();
        for (NetworkId network : networks.carried()) {
            cards(network).forEach((nic, link) -> counters.put(nic, Plug.counters(link)));
        }
        return counters;
    }

    /** None where the network goes meanwhile. */
    private Map<NicId, Link> cards(NetworkId network) {
        return networks.with(network, place -> {
            try {
                Optional<Place.Held> held = place.look();
                return held.isEmpty()
                        ? Map.of()
                        : Plug.cards(held.get().socket().links());
            } catch (IOException e) {
                return Map.of();
            }
        });
    }

    @Override
    public PacketTrace.Answer trace(PacketTrace.Question question, HostNetwork wanted) {
        return networks.with(wanted.id(), place -> {
            try {
                return new NetworkTrace(parts, place, wanted, question).answer();
            } catch (IOException e) {
                return new PacketTrace.Answer(List.of(new PacketTrace.Hop(
                        "this host", PacketTrace.Verdict.UNKNOWN, PacketTrace.Verdict.UNKNOWN, sentence(e))));
            }
        });
    }

    /** For people. */
    static String sentence(IOException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    @Override
    public void close() {
        List<NetworkPart> last = new ArrayList<>(parts.reversed());
        last.forEach(NetworkPart::close);
        networks.close();
        routers.close();
        underlay.close();
    }
}
