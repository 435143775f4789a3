package dev.yado.network.nft;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.Nftables;
import dev.yado.network.Difference;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.NetworkPart;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.NetworkId;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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

    @Override
    public List<Difference> apply(Ground ground, HostNetwork network) throws IOException {
        Nftables nftables = new Nftables(ground.namespace());
        Change change = change(nftables, network, devices(ground.namespace()));
        change.run(nftables);
        return change.differences();
    }

    @Override
    public List<Difference> differences(Ground ground, HostNetwork network) throws IOException {
        return change(new Nftables(ground.namespace()), network, devices(ground.namespace()))
                .differences();
    }

    @Override
    public void plug(Ground ground, HostNetwork network, Port port, String device) throws IOException {
        apply(ground, network);
    }

    @Override
    public void remove(NetworkId network, Ground ground) {
        // All of it ends with the namespace.
    }

    /** Flows are judged again when, and only when, something in the groups' table has to change. */
    static Change change(Nftables nftables, HostNetwork network, Set<String> devices) throws IOException {
        Listing seen = Listing.of(nftables);
        Ownership ownership = new Ownership(network);
        Table cards = cards(network, ownership, devices);
        int number = NetworkRules.number(seen);
        Table rules = NetworkRules.of(network, ownership, Math.max(FIRST_NUMBER, number));
        Change change = new Change(seen, List.of(rules, cards));
        if (!change.touches(rules) || number == 0) {
            return change;
        }
        int next = number >= LAST_NUMBER ? FIRST_NUMBER : number + 1;
        return new Change(seen, List.of(NetworkRules.of(network, ownership, next), cards));
    }

    private static Table cards(HostNetwork network, Ownership ownership, Set<String> devices) {
        Table table = new Table("netdev", NetworkRules.TABLE);
        CardRules cards = new CardRules(table, ownership, network);
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
