package dev.yado.simulator;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkPolicy;
import dev.yado.protocol.network.NetworkPolicy.Memory;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a host has on its disk of networks and routers. Used under the host's lock. */
final class Networks {
    private final Map<NetworkId, Memory<HostNetwork>> networks = new LinkedHashMap<>();
    private final Map<RouterId, Memory<HostRouter>> routers = new LinkedHashMap<>();

    void put(HostNetwork network) {
        accept(networks, network.id(), network.generation(), network);
    }

    void put(HostRouter router) {
        if (decide(routers, router.id(), router.generation(), router) == NetworkPolicy.Decision.ACCEPT) {
            for (HostRouter.Leg leg : router.legs()) {
                require(leg.network(), "router " + router.id() + " has a leg in it");
            }
            routers.put(router.id(), new Memory<>(router, router.generation()));
        }
    }

    void delete(NetworkId id, long generation, Collection<VmSpec> guests) {
        if (decide(networks, id, generation, null) == NetworkPolicy.Decision.REPEAT) {
            return;
        }
        for (VmSpec guest : guests) {
            if (guest.nics().stream().anyMatch(nic -> nic.network().equals(id))) {
                throw new HostRefusal(ErrorCode.CONFLICT, "VM " + guest.id() + " has a card in network " + id + ".");
            }
        }
        for (HostRouter router : routers()) {
            if (router.legs().stream().anyMatch(leg -> leg.network().equals(id))) {
                throw new HostRefusal(
                        ErrorCode.CONFLICT, "Router " + router.id() + " has a leg in network " + id + ".");
            }
        }
        networks.put(id, new Memory<>(null, generation));
    }

    void delete(RouterId id, long generation) {
        accept(routers, id, generation, null);
    }

    /** The newest generation that is known; 0: none. */
    long generation(NetworkId id) {
        Memory<HostNetwork> known = networks.get(id);
        return known == null ? 0 : known.generation();
    }

    long generation(RouterId id) {
        Memory<HostRouter> known = routers.get(id);
        return known == null ? 0 : known.generation();
    }

    /** @throws HostRefusal when a card of the guest is in a network that the host was not given */
    void requireNetworksOf(VmSpec guest) {
        for (NicSpec nic : guest.nics()) {
            HostNetwork network = require(nic.network(), "VM " + guest.id() + " has a card in it");
            if (network.ports().stream().noneMatch(port -> port.id().equals(nic.id()) && here(port))) {
                throw new HostRefusal(
                        ErrorCode.NETWORK_NOT_READY,
                        "Generation " + network.generation() + " of network " + network.id() + " has no port "
                                + nic.id() + " on this host.");
            }
        }
    }

    private static boolean here(Port port) {
        Port.Place place = port.place();
        return place != null && place.here();
    }

    PacketTrace.Answer trace(PacketTrace.Question question) {
        Memory<HostNetwork> known = networks.get(question.network());
        HostNetwork network = known == null ? null : known.content();
        if (network == null) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host carries no network " + question.network() + ".");
        }
        return Trace.of(network, question);
    }

    List<HostNetwork> networks() {
        return networks.values().stream()
                .map(Memory::content)
                .filter(Objects::nonNull)
                .toList();
    }

    List<HostRouter> routers() {
        return routers.values().stream()
                .map(Memory::content)
                .filter(Objects::nonNull)
                .toList();
    }

    void wipe() {
        networks.clear();
        routers.clear();
    }

    private HostNetwork require(NetworkId id, String why) {
        Memory<HostNetwork> known = networks.get(id);
        HostNetwork network = known == null ? null : known.content();
        if (network == null) {
            throw new HostRefusal(
                    ErrorCode.NETWORK_NOT_READY, "Network " + id + " was not given to this host, and " + why + ".");
        }
        return network;
    }

    private static <K, T> void accept(Map<K, Memory<T>> all, K id, long generation, @Nullable T content) {
        if (decide(all, id, generation, content) == NetworkPolicy.Decision.ACCEPT) {
            all.put(id, new Memory<>(content, generation));
        }
    }

    private static <K, T> NetworkPolicy.Decision decide(
            Map<K, Memory<T>> all, K id, long generation, @Nullable T content) {
        Memory<T> known = all.get(id);
        NetworkPolicy.Decision decision = NetworkPolicy.on(known, generation, content);
        if (decision == NetworkPolicy.Decision.REFUSE) {
            throw new HostRefusal(
                    ErrorCode.STALE_GENERATION,
                    "Generation " + generation + " of " + id + " is refused: generation "
                            + Objects.requireNonNull(known).generation() + " is known"
                            + (generation == known.generation() ? " with another content." : "."));
        }
        return decision;
    }
}
