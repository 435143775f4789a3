package dev.yado.cli.network;

import dev.yado.cli.session.Session;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;

/** Finds subnets and cards, which have no names of their own, by those of what they belong to. */
public record Places(Session session) {
    private static final String ADDRESS = "[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+";

    public record Subnet(String network, String id, String cidr) {}

    public record Card(String id) {}

    /** Whether it can be nothing but an IPv4 or IPv6 address. */
    public static boolean isAddress(String text) {
        return text.matches(ADDRESS) && !text.matches("[0-9a-fA-F]+:[0-9]{1,2}");
    }

    /** {@code NETWORK:CIDR}, or {@code NETWORK} where it has only one; either may be ids, as in {@code NETWORK:ID}. */
    public Subnet subnet(String text) {
        int colon = text.indexOf(':');
        String network = session.names().network(colon < 0 ? text : text.substring(0, colon));
        String which = colon < 0 ? "" : text.substring(colon + 1);
        List<Json.Document> found = session.api().all("/v1/networks/" + network + "/subnets").stream()
                .filter(subnet -> which.isEmpty()
                        || subnet.text("cidr").equals(which)
                        || subnet.text("id").equalsIgnoreCase(which))
                .toList();
        if (found.size() != 1) {
            throw Failure.usage(
                    found.isEmpty()
                            ? "there is no subnet '" + text + "'"
                            : "'" + text + "' has " + found.size() + " subnets: "
                                    + String.join(
                                            ", ",
                                            found.stream()
                                                    .map(subnet -> subnet.text("cidr"))
                                                    .toList()),
                    "Write NETWORK:CIDR; 'yado net subnet list NETWORK' shows them.");
        }
        return new Subnet(network, found.getFirst().text("id"), found.getFirst().text("cidr"));
    }

    /** A VM's first card, its Nth as in {@code web:1}, or the id of a card. */
    public Card card(String text) {
        int colon = text.lastIndexOf(':');
        boolean numbered = colon > 0 && text.substring(colon + 1).matches("[0-9]{1,2}");
        int number = numbered ? Integer.parseInt(text.substring(colon + 1)) : 0;
        String vm = numbered ? text.substring(0, colon) : text;
        if (!numbered && session.names().isCard(text)) {
            return new Card(text);
        }
        List<Json.Document> cards = session.api()
                .get("/v1/vms/" + session.names().vm(vm))
                .document()
                .documents("nics");
        if (number >= cards.size()) {
            throw Failure.usage(
                    "the VM " + vm + " has " + cards.size() + " network cards, so there is no card " + number,
                    "Cards are counted from 0; 'yado vm show " + vm + "' shows them.");
        }
        return new Card(cards.get(number).text("id"));
    }
}
