package dev.yado.network.nft;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.Nftables;
import dev.yado.kernel.NftablesException;
import dev.yado.kernel.netlink.FlowSocket;
import dev.yado.kernel.netlink.TrackedFlow;
import dev.yado.network.Difference;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.NetworkPart;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityRule.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The packet rules of a network: security groups and what a card may send and get. The rules of a card are there as long as its device
 * is; they are made before it is up.
 */
public final class Firewall implements NetworkPart {
    private static final Path DEVICES = Path.of("/proc/thread-self/net/dev");
    private static final int FIRST_NUMBER = 1;
    private static final int LAST_NUMBER = 999_999_999;

    /** So that the kernel is listed only after somebody else has changed something. */
    private final Map<NetworkId, Known> known = new ConcurrentHashMap<>();

    /**
     * @param namespace held, so that it is the same one; generations begin anew in one that is made again
     * @param generation by which the kernel shows that nothing has changed since
     */
    private record Known(NetworkNamespace namespace, int generation, HostNetwork network, Listing listing) {
        boolean holds(NetworkNamespace now, int nowGeneration) {
            return namespace == now && generation == nowGeneration;
        }

        boolean guards(String device) {
            Listing.SeenTable cards = listing.tables().get("netdev " + NetworkRules.TABLE);
            return cards != null && cards.chains().containsKey("from_" + device);
        }
    }

    @Override
    public List<Difference> apply(Ground ground, HostNetwork network) throws IOException {
        return apply(ground, network, "");
    }

    /** @param plugged a device whose rules may be gone from the kernel with an earlier one of its name */
    private List<Difference> apply(Ground ground, HostNetwork network, String plugged) throws IOException {
        Nftables nftables = new Nftables(ground.namespace());
        int generation = nftables.generation();
        Known before = known.remove(network.id());
        boolean unchanged = before != null && before.holds(ground.namespace(), generation) && !before.guards(plugged);
        Change change = before != null && unchanged
                ? change(before.listing(), network, devices(ground.namespace()))
                : change(Listing.of(nftables), network, devices(ground.namespace()));
        try {
            change.run(nftables);
        } catch (NftablesException e) {
            if (!unchanged) {
                throw e;
            }
            return apply(ground, network, plugged); // Not what was remembered: rules of a device went with it.
        }
        int next = generation + (change.isNothing() ? 0 : 1);
        if (nftables.generation() == next) {
            known.put(network.id(), new Known(ground.namespace(), next, network, change.outcome()));
        }
        if (change.touches("inet " + NetworkRules.TABLE)) {
            forgetRefused(ground.namespace(), network);
        }
        return change.differences();
    }

    /**
     * The rules refuse the packets of such flows already; forgotten, a flow does not stand in the way of one in the other direction
     * that is allowed, where the protocol tells the two apart only by who began.
     */
    private static void forgetRefused(NetworkNamespace namespace, HostNetwork network) throws IOException {
        RuleModel model = new RuleModel(network);
        try (FlowSocket flows = FlowSocket.open(namespace)) {
            flows.forget(flow -> refused(model, flow.original()));
        }
    }

    private static boolean refused(RuleModel model, TrackedFlow.Tuple tuple) {
        if (tuple.protocol() == RuleText.ICMP || tuple.protocol() == RuleText.ICMPV6) {
            return false;
        }
        Flow flow = new Flow(
                tuple.source(), tuple.destination(), RuleText.protocol(tuple.protocol()), tuple.destinationPort(), 0);
        return !model.judge(Direction.OUT, flow).passes()
                || !model.judge(Direction.IN, flow).passes();
    }

    @Override
    public List<Difference> differences(Ground ground, HostNetwork network) throws IOException {
        return change(Listing.of(new Nftables(ground.namespace())), network, devices(ground.namespace()))
                .differences();
    }

    @Override
    public void plug(Ground ground, HostNetwork network, Port port, String device) throws IOException {
        if (!plugAlone(ground, network, port, device)) {
            apply(ground, network, device);
        }
    }

    /** Adds the rules of this card where all others are known to be as the network wants them. */
    private boolean plugAlone(Ground ground, HostNetwork network, Port port, String device) throws IOException {
        Nftables nftables = new Nftables(ground.namespace());
        int generation = nftables.generation();
        Known before = known.get(network.id());
        if (before == null
                || !before.holds(ground.namespace(), generation)
                || !before.network().equals(network)
                || !port.filtered()) {
            return false;
        }
        Table card = new Table("netdev", NetworkRules.TABLE);
        new CardRules(card, new Ownership(network), network)
                .add(port, device, shaper(port, devices(ground.namespace())));
        known.remove(network.id());
        try {
            new Change(before.listing().part(card), List.of(card)).run(nftables);
        } catch (NftablesException e) {
            return false; // Not what was remembered.
        }
        if (nftables.generation() == generation + 1) {
            before.listing().put(card);
            known.put(network.id(), new Known(ground.namespace(), generation + 1, network, before.listing()));
        }
        return true;
    }

    /** What is still sent here for a card that has left is sent on from now on; for one that has come, no more. */
    @Override
    public void moved(Ground ground, HostNetwork network, Port port) throws IOException {
        Known before = known.get(network.id());
        boolean relayed = Relay.isRelayed(port);
        if (before == null || relayed != Relay.relays(before.listing(), port)) {
            known.remove(network.id());
            Relay.change(new Nftables(ground.namespace()), port);
        }
    }

    @Override
    public void remove(NetworkId network, Ground ground) {
        known.remove(network); // The rules end with the namespace.
    }

    @Override
    public List<PacketTrace.Hop> trace(Ground ground, HostNetwork network, PacketTrace.Question question)
            throws IOException {
        Listing seen = Listing.of(new Nftables(ground.namespace()));
        Ownership ownership = new Ownership(network);
        Set<String> devices = devices(ground.namespace());
        Table rules = NetworkRules.of(network, ownership, Math.max(FIRST_NUMBER, NetworkRules.number(seen)));
        return new Tracing(network, question, seen, rules, cards(network, ownership, devices), devices).hops();
    }

    /**
     * What passed at the cards that are plugged in, by the names of their devices, since they were.
     *
     * @param refused what a card sent and may not
     */
    public record CardTraffic(long sentPackets, long sentBytes, long gotPackets, long gotBytes, long refusedPackets) {}

    public Map<String, CardTraffic> traffic(Ground ground) throws IOException {
        Listing.SeenTable table =
                Listing.of(new Nftables(ground.namespace())).tables().get("netdev " + NetworkRules.TABLE);
        Map<String, CardTraffic> all = new HashMap<>();
        if (table != null) {
            Listing.CounterValue none = new Listing.CounterValue(0, 0);
            table.counters().forEach((name, sent) -> {
                if (name.endsWith("_sent")) {
                    String device = name.substring(0, name.length() - "_sent".length());
                    var got = table.counters().getOrDefault(CardRules.counter(device, "got"), none);
                    var refused = table.counters().getOrDefault(CardRules.counter(device, "refused"), none);
                    all.put(
                            device,
                            new CardTraffic(
                                    sent.packets(), sent.bytes(), got.packets(), got.bytes(), refused.packets()));
                }
            });
        }
        return all;
    }

    /** Flows are judged again when, and only when, something in the groups' table has to change. */
    static Change change(Listing seen, HostNetwork network, Set<String> devices) {
        Ownership ownership = new Ownership(network);
        Table cards = cards(network, ownership, devices);
        int number = NetworkRules.number(seen);
        Table rules = NetworkRules.of(network, ownership, Math.max(FIRST_NUMBER, number));
        Change change = new Change(seen, List.of(rules, cards));
        if (!change.touches(rules.title()) || number == 0) {
            return change;
        }
        int next = number >= LAST_NUMBER ? FIRST_NUMBER : number + 1;
        return new Change(seen, List.of(NetworkRules.of(network, ownership, next), cards));
    }

    private static Table cards(HostNetwork network, Ownership ownership, Set<String> devices) {
        Table table = new Table("netdev", NetworkRules.TABLE);
        CardRules cards = new CardRules(table, ownership, network);
        // Its guest has ended or moved: the kernel takes a device away before anybody here can know.
        table.leftOver(chain -> Links.isTap(chain.substring(chain.indexOf('_') + 1))
                && !devices.contains(chain.substring(chain.indexOf('_') + 1)));
        if (devices.contains(Links.TUNNEL)) {
            Relay.add(table, network);
        }
        if (devices.contains(Links.PROVIDER)) {
            Wire.add(table, network);
        }
        for (Port port : network.ports()) {
            String device = Links.tap(port.id());
            if (port.filtered() && devices.contains(device)) {
                cards.add(port, device, shaper(port, devices));
            }
        }
        return table;
    }

    private static @Nullable String shaper(Port port, Set<String> devices) {
        String shaper = Shaping.shaper(port);
        boolean limited = port.qos() != null && port.qos().outKbits() != null;
        return limited && devices.contains(shaper) ? shaper : null;
    }

    /** The names of all devices in the namespace. */
    static Set<String> devices(NetworkNamespace namespace) throws IOException {
        return namespace.call(() -> Files.readAllLines(DEVICES).stream()
                .filter(line -> line.indexOf(':') > 0)
                .map(line -> line.substring(0, line.indexOf(':')).strip())
                .collect(Collectors.toSet()));
    }
}
