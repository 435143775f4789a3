package dev.yado.vmmd.network;

import dev.yado.network.Attachment;
import dev.yado.network.Carried;
import dev.yado.network.NetworkDriver;
import dev.yado.network.PortCounters;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.RouterId;
import dev.yado.vmmd.store.MovedCards;
import dev.yado.vmmd.store.NetworkStore;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The networks of this host. */
public final class Networks implements NetworkAgent, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Networks.class);

    /** No request is late for longer. */
    private static final Duration DELETIONS_KEPT = Duration.ofDays(90);

    private final NetworkDriver driver;
    private final Supplier<List<VmSpec>> guests;
    private final Wanted<NetworkId, HostNetwork> networks;
    private final Wanted<RouterId, HostRouter> routers;
    private final Moves moves;
    private final ExecutorService afterwards = Executors.newVirtualThreadPerTaskExecutor();

    /** @param guests the specs of all VMs that are wanted here */
    public Networks(NetworkDriver driver, StateDirectory state, Supplier<List<VmSpec>> guests) throws IOException {
        this.driver = driver;
        this.guests = guests;
        NetworkStore<NetworkId, HostNetwork> networkStore = NetworkStore.ofNetworks(state);
        NetworkStore<RouterId, HostRouter> routerStore = NetworkStore.ofRouters(state);
        networkStore.forgetDeleted(DELETIONS_KEPT);
        routerStore.forgetDeleted(DELETIONS_KEPT);
        moves = new Moves(new MovedCards(state), System::nanoTime);
        networks = new Wanted<>(
                "network",
                networkStore,
                new Wanted.Hands<>(
                        moves::in,
                        (HostNetwork network) -> driver.apply(network),
                        (NetworkId id) -> driver.remove(id),
                        (HostNetwork network) -> driver.differences(network)));
        routers = new Wanted<>(
                "router",
                routerStore,
                new Wanted.Hands<>(
                        UnaryOperator.identity(),
                        (HostRouter router) -> driver.apply(router),
                        (RouterId id) -> driver.remove(id),
                        (HostRouter router) -> driver.differences(router)));
    }

    /** Has everything on the host as it was wanted last; to be called once, before the first guest is started. */
    public void recover() throws IOException, InterruptedException {
        networks.recover();
        networks.all().forEach(moves::told);
        routers.recover();
        removeDeleted();
    }

    private void removeDeleted() {
        driver.carried().routers().stream().filter(routers::wasDeleted).forEach(routers::remove);
        driver.carried().networks().stream().filter(networks::wasDeleted).forEach(networks::remove);
    }

    public NetworkFacts facts() {
        return driver.facts();
    }

    @Override
    public NetworkAnswer put(HostNetwork network) {
        NetworkCheck.check(network);
        NetworkAnswer answer = networks.put(network.id(), network.generation(), network, () -> {});
        networks.content(network.id()).ifPresent(moves::told);
        return answer;
    }

    @Override
    public NetworkAnswer deleteNetwork(NetworkId id, long generation) {
        NetworkAnswer answer = networks.delete(id, generation, () -> requireUnused(id));
        if (networks.isUnwanted(id)) {
            moves.forgetAllOf(id);
        }
        return answer;
    }

    private void requireUnused(NetworkId id) {
        for (VmSpec guest : guests.get()) {
            if (guest.nics().stream().anyMatch(nic -> nic.network().equals(id))) {
                throw new HostRefusal(ErrorCode.CONFLICT, "VM " + guest.id() + " has a card in network " + id + ".");
            }
        }
        for (HostRouter router : routers.all()) {
            if (router.legs().stream().anyMatch(leg -> leg.network().equals(id))) {
                throw new HostRefusal(
                        ErrorCode.CONFLICT, "Router " + router.id() + " has a leg in network " + id + ".");
            }
        }
    }

    @Override
    public NetworkAnswer put(HostRouter router) {
        NetworkCheck.check(router);
        return routers.put(router.id(), router.generation(), router, () -> {
            for (HostRouter.Leg leg : router.legs()) {
                require(leg.network(), "router " + router.id() + " has a leg in it");
            }
        });
    }

    @Override
    public NetworkAnswer deleteRouter(RouterId id, long generation) {
        return routers.delete(id, generation, () -> {});
    }

    @Override
    public PacketTrace.Answer trace(PacketTrace.Question question) {
        NetworkCheck.check(question);
        HostNetwork network = networks.content(question.network())
                .orElseThrow(() -> new HostRefusal(
                        ErrorCode.NOT_FOUND, "This host carries no network " + question.network() + "."));
        if (network.ports().stream().noneMatch(port -> port.id().equals(question.at()))) {
            throw new HostRefusal(
                    ErrorCode.NOT_FOUND, "Network " + network.id() + " has no port " + question.at() + ".");
        }
        return driver.trace(question, moves.in(network));
    }

    /** @throws HostRefusal {@link ErrorCode#NETWORK_NOT_READY} when a card of the guest is in a network that the host was not given */
    public void requireNetworksOf(VmSpec guest) {
        for (NicSpec nic : guest.nics()) {
            networkOf(guest, nic);
        }
    }

    private HostNetwork networkOf(VmSpec guest, NicSpec nic) {
        HostNetwork network = require(nic.network(), "VM " + guest.id() + " has a card in it");
        if (network.ports().stream().noneMatch(port -> port.id().equals(nic.id()) && here(port))) {
            throw new HostRefusal(
                    ErrorCode.NETWORK_NOT_READY,
                    "Generation " + network.generation() + " of network " + network.id() + " has no port " + nic.id()
                            + " on this host.");
        }
        return network;
    }

    private static boolean here(Port port) {
        Port.Place place = port.place();
        return place != null && place.here();
    }

    private HostNetwork require(NetworkId id, String why) {
        return networks.content(id)
                .orElseThrow(() -> new HostRefusal(
                        ErrorCode.NETWORK_NOT_READY,
                        "Network " + id + " was not given to this host, and " + why + "."));
    }

    /** Those of the guest's cards that were given to this host. */
    public Map<NetworkId, HostNetwork> networksOf(VmSpec guest) {
        Map<NetworkId, HostNetwork> known = new HashMap<>();
        for (NicSpec nic : guest.nics()) {
            networks.content(nic.network()).ifPresent(network -> known.put(network.id(), network));
        }
        return known;
    }

    /** Of the guests' cards, as their networks have it. */
    public int mtuOf(VmSpec guest, NicSpec nic) {
        return networkOf(guest, nic).mtu();
    }

    /**
     * The place of a guest's card; the caller closes it once the guest's process has it.
     *
     * @throws HostRefusal when the network is not carried here, with the reason
     */
    public Attachment attach(VmSpec guest, NicSpec nic) {
        HostNetwork network = networkOf(guest, nic);
        String problem = networks.problem(network.id());
        if (problem != null) {
            throw new HostRefusal(
                    ErrorCode.NETWORK_NOT_READY,
                    "Network " + network.name() + " (" + network.id() + ") is not in order on this host: " + problem);
        }
        moves.forget(nic.id());
        return driver.attach(network, nic.id());
    }

    /**
     * The guest goes on here: packets for its cards, which are plugged in, reach them from now on, whatever the controller said last.
     * Made for the time in which a guest is held that has come from another host; also for one that was to leave and stays after all. May
     * be repeated. What does not work is in the log: the guest is not to wait for it.
     */
    public void arrived(VmSpec guest) {
        move(guest, (network, nic) -> {
            Port.Place place = place(network, nic.id());
            if (place != null && place.here() && !place.arriving()) {
                moves.forget(nic.id());
            } else {
                moves.arrived(network.id(), nic.id());
            }
            driver.arrived(moves.in(network), nic.id());
        });
    }

    /**
     * The guest, which is held, goes on elsewhere: what comes for its cards is sent there from now on. May be said before it is certain,
     * and taken back by {@link #arrived}.
     *
     * @param to the other host's tunnel endpoint; null: it has none
     */
    public void departed(VmSpec guest, @Nullable Ip to) {
        move(guest, (network, nic) -> {
            moves.departed(network.id(), nic.id(), to);
            driver.departed(moves.in(network), nic.id());
        });
    }

    /** The connections of a guest that is here and is to leave; where they cannot be read the log says so, and there are none. */
    public FlowWatch flowsOf(VmSpec guest) {
        return new FlowWatch(() -> {
            List<MovedFlow> flows = new ArrayList<>();
            each(guest, (network, nic) -> flows.addAll(driver.flows(moves.in(network), nic.id())));
            return flows;
        });
    }

    /** Has connections known that the guest brings along; to be called before {@link #arrived}. */
    public void admit(VmSpec guest, List<MovedFlow> flows) {
        if (!flows.isEmpty()) {
            each(guest, (network, nic) -> driver.admit(moves.in(network), nic.id(), flows));
        }
    }

    private void move(VmSpec guest, BiConsumer<HostNetwork, NicSpec> each) {
        each(guest, each);
        afterwards.execute(() -> {
            moves.keep();
            networksOf(guest).keySet().forEach(networks::refresh);
        });
    }

    /** The guest is not to wait for what cannot be done for one of its cards. */
    private void each(VmSpec guest, BiConsumer<HostNetwork, NicSpec> each) {
        for (NicSpec nic : guest.nics()) {
            try {
                networks.content(nic.network()).ifPresent(network -> each.accept(network, nic));
            } catch (HostRefusal e) {
                log.error("VM {}: its card {} does not move as it should: {}", guest.id(), nic.id(), e.getMessage());
            }
        }
    }

    private static Port.@Nullable Place place(HostNetwork network, NicId nic) {
        return network.ports().stream()
                .filter(port -> port.id().equals(nic))
                .findFirst()
                .map(Port::place)
                .orElse(null);
    }

    /** Of all cards that are plugged in. */
    public Map<NicId, PortCounters> counters() {
        return driver.counters();
    }

    /** Those of guests that are plugged in now. */
    public Set<NicId> cards() {
        return driver.carried().cards().keySet();
    }

    /** One thing that is or was not as it was wanted, for people. */
    public record Finding(DriftKind kind, String object, String wanted, String real) {}

    /** @param open what is wrong now @param healed what was wrong and is in order again */
    public record Look(List<Finding> open, List<Finding> healed) {}

    /** Compares everything with the host and mends what differs, but never a guest's card. */
    public Look look() {
        List<Finding> open = new ArrayList<>();
        List<Finding> healed = new ArrayList<>();
        moves.ended().forEach(networks::refresh);
        networks.restoreRecords().forEach((name, real) -> healed.add(record(name, real)));
        routers.restoreRecords().forEach((name, real) -> healed.add(record(name, real)));
        collect("network", networks.look(), open, healed);
        collect("router", routers.look(), open, healed);
        removeDeleted();
        Carried carried = driver.carried();
        carried.networks().stream().filter(networks::isUnwanted).forEach(id -> open.add(foreign("network " + id)));
        carried.routers().stream().filter(routers::isUnwanted).forEach(id -> open.add(foreign("router " + id)));
        return new Look(open, healed);
    }

    private static <K> void collect(String word, Wanted.Look<K> look, List<Finding> open, List<Finding> healed) {
        for (Wanted.Finding<K> mended : look.mended()) {
            String object =
                    word + " " + mended.id() + ": " + mended.difference().detail();
            switch (mended.difference().kind()) {
                case MISSING ->
                    healed.add(new Finding(DriftKind.NETWORK_PART_MISSING, object, "what the daemon made", "gone"));
                case CHANGED ->
                    healed.add(new Finding(DriftKind.NETWORK_PART_CHANGED, object, "as the daemon made it", "changed"));
                case FOREIGN -> healed.add(new Finding(DriftKind.NETWORK_PART_FOREIGN, object, "nothing", "there"));
                case WORN -> log.debug("{} was put in order", object);
            }
        }
        look.problems()
                .forEach((id, problem) -> open.add(new Finding(
                        DriftKind.NETWORK_NOT_ENFORCED, word + " " + id, "carried as it was given", problem)));
    }

    private static Finding record(String name, String real) {
        return new Finding(DriftKind.SPEC_MISSING, name, "the daemon's record", real);
    }

    private static Finding foreign(String object) {
        return new Finding(DriftKind.FOREIGN_NETWORK, object, "a record of the daemon", "carried without one");
    }

    @Override
    public void close() {
        afterwards.close();
        driver.close();
    }
}
