package dev.yado.network.nft;

import dev.yado.kernel.Nftables;
import dev.yado.kernel.NftablesException;
import dev.yado.network.linux.Links;
import dev.yado.network.nft.Table.Lines;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What becomes of packets that come by the tunnel for a card that has left this host: they go back into the tunnel, to where its entry
 * leads now. The bridge itself never sends out what came in by the same port, so nothing but these cards is sent on; and since the
 * packets turn round before the bridge, no flow is tracked and no group asked: the host that has the card does both.
 */
final class Relay {
    private static final String SET = "relayed";
    private static final String TITLE = "netdev " + NetworkRules.TABLE;

    private Relay() {}

    static void add(Table table, HostNetwork network) {
        SortedMap<String, String> left = new TreeMap<>();
        network.ports().stream()
                .filter(Relay::isRelayed)
                .forEach(port -> left.put(port.mac().toString(), ""));
        table.set(SET, "ether_addr", left);
        table.chain(
                "relay",
                new Hook("filter", "ingress", Links.TUNNEL, 0, "accept"),
                new Lines().add("ether daddr @" + SET + " fwd to \"" + Links.TUNNEL + "\"", "has left this host"));
    }

    static boolean isRelayed(Port port) {
        return port.place() != null && port.place().relayed();
    }

    static boolean relays(Listing seen, Port port) {
        Listing.SeenTable cards = seen.tables().get(TITLE);
        Elements left = cards == null ? null : cards.sets().get(SET);
        return left != null && left.values().containsKey(port.mac().toString());
    }

    /** One element of the set; where there is no set, or it is so already, there is nothing to do. */
    static void change(Nftables nftables, Port port) throws IOException {
        String what = " element " + TITLE + " " + SET + " { " + port.mac() + " }\n";
        try {
            // Deleting what is not there fails, and adding it before is one transaction with that.
            nftables.run("add" + what + (isRelayed(port) ? "" : "delete" + what));
        } catch (NftablesException e) {
            if (isRelayed(port)) {
                throw e;
            }
        }
    }
}
