package dev.yado.network.nft;

import dev.yado.kernel.Nftables;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is in the kernel now.
 *
 * @param tables by their title, such as {@code inet yado}
 */
record Listing(Map<String, SeenTable> tables) {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** @param counters by name: packets, bytes */
    record SeenTable(Map<String, SeenChain> chains, Map<String, Elements> sets, Map<String, CounterValue> counters) {}

    /** @param comments of the rules, in their order; for a rule without one: what it does, for people */
    record SeenChain(@Nullable Hook hook, List<String> comments) {}

    record CounterValue(long packets, long bytes) {}

    static Listing of(Nftables nftables) throws IOException {
        return parse(nftables.listJson("list ruleset"));
    }

    /** What is listed when the kernel holds these and nothing else. */
    static Listing of(List<Table> tables) {
        Listing listing = new Listing(new LinkedHashMap<>());
        tables.forEach(listing::put);
        return listing;
    }

    /** The kernel has been given these besides. */
    void put(Table table) {
        SeenTable seen = table(table.title());
        table.chains().forEach((name, chain) -> seen.chains.put(name, new SeenChain(chain.hook(), chain.comments())));
        seen.sets.putAll(table.sets());
        table.counters().forEach(counter -> seen.counters.put(counter, new CounterValue(0, 0)));
    }

    /** What the table names, but for chains at devices: whether they are there is unsure once a device has been made again. */
    Listing part(Table table) {
        SeenTable all = tables.getOrDefault(table.title(), new SeenTable(Map.of(), Map.of(), Map.of()));
        Map<String, SeenChain> chains = new LinkedHashMap<>(all.chains);
        chains.entrySet().removeIf(entry -> {
            Chain named = table.chains().get(entry.getKey());
            return named == null || named.hook() != null;
        });
        Map<String, Elements> sets = new LinkedHashMap<>(all.sets);
        sets.keySet().retainAll(table.sets().keySet());
        Map<String, CounterValue> counters = new LinkedHashMap<>(all.counters);
        counters.keySet().retainAll(table.counters());
        return new Listing(Map.of(table.title(), new SeenTable(chains, sets, counters)));
    }

    static Listing parse(String json) {
        Listing listing = new Listing(new LinkedHashMap<>());
        for (JsonNode entry : MAPPER.readTree(json).path("nftables")) {
            entry.properties().forEach(only -> listing.add(only.getKey(), only.getValue()));
        }
        return listing;
    }

    private void add(String kind, JsonNode node) {
        switch (kind) {
            case "table" -> table(title(node, "name"));
            case "chain" ->
                table(title(node, "table"))
                        .chains
                        .put(text(node, "name"), new SeenChain(hook(node), new ArrayList<>()));
            case "rule" ->
                table(title(node, "table"))
                        .chains
                        .computeIfAbsent(text(node, "chain"), _ -> new SeenChain(null, new ArrayList<>()))
                        .comments
                        .add(node.has("comment") ? text(node, "comment") : foreign(node.path("expr")));
            case "set", "map" -> table(title(node, "table")).sets.put(text(node, "name"), elements(node));
            case "counter" ->
                table(title(node, "table"))
                        .counters
                        .put(
                                text(node, "name"),
                                new CounterValue(
                                        node.path("packets").asLong(),
                                        node.path("bytes").asLong()));
            default -> {
                // What the kernel knows besides is never ours: a table that holds it is still compared by all else.
            }
        }
    }

    private SeenTable table(String title) {
        return tables.computeIfAbsent(
                title, _ -> new SeenTable(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>()));
    }

    private static String title(JsonNode node, String name) {
        return text(node, "family") + " " + text(node, name);
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).asString("");
    }

    private static @Nullable Hook hook(JsonNode chain) {
        if (!chain.has("hook")) {
            return null;
        }
        return new Hook(
                text(chain, "type"),
                text(chain, "hook"),
                device(chain.path("dev")),
                chain.path("prio").asInt(),
                text(chain, "policy"));
    }

    /** Null: this version of the library does not say. */
    private static @Nullable String device(JsonNode dev) {
        JsonNode name = dev.isArray() ? dev.path(0) : dev;
        return name.isString() ? name.asString() : null;
    }

    private static String foreign(JsonNode expressions) {
        return "without a comment: " + expressions;
    }

    private static Elements elements(JsonNode set) {
        SortedMap<String, String> values = new TreeMap<>();
        for (JsonNode element : set.path("elem")) {
            boolean pair = set.has("map") && element.isArray();
            values.put(key(pair ? element.get(0) : element), pair ? number(element.get(1)) : "");
        }
        String keys = types(set.path("type"));
        String type = set.has("map") ? keys + " : " + types(set.path("map")) : keys;
        if (flagged(set, "dynamic") || flagged(set, "timeout")) {
            return new Elements(type, Elements.Kind.METER, new TreeMap<>());
        }
        return new Elements(type, flagged(set, "interval") ? Elements.Kind.INTERVAL : Elements.Kind.EXACT, values);
    }

    private static boolean flagged(JsonNode set, String name) {
        return set.path("flags")
                .valueStream()
                .anyMatch(flag -> flag.asString("").equals(name));
    }

    private static String types(JsonNode type) {
        return type.isArray()
                ? String.join(" . ", type.valueStream().map(JsonNode::asString).toList())
                : type.asString("");
    }

    private static String key(JsonNode element) {
        if (element.has("elem")) {
            return key(element.path("elem").path("val"));
        }
        if (element.has("prefix")) {
            JsonNode prefix = element.path("prefix");
            return range(Cidr.around(
                    Ip.parse(text(prefix, "addr")), prefix.path("len").asInt()));
        }
        if (element.has("range")) {
            return key(element.path("range").get(0)) + "-"
                    + key(element.path("range").get(1));
        }
        if (element.has("concat")) {
            return String.join(
                    " . ",
                    element.path("concat").valueStream().map(Listing::key).toList());
        }
        return element.isNumber() ? element.asString() : canonical(element.asString(""));
    }

    private static String canonical(String text) {
        return text.indexOf(':') >= 0 && text.indexOf('-') < 0 && text.split(":").length != 6 || text.contains("::")
                ? Ip.parse(text).toString()
                : text;
    }

    private static String number(JsonNode value) {
        String text = value.isNumber() ? value.asString() : value.asString("");
        return text.startsWith("0x") ? String.valueOf(Long.decode(text)) : canonical(text);
    }

    /** How a range is written as a key. */
    static String range(Cidr cidr) {
        return range(cidr.address(), cidr.last());
    }

    static String range(Ip first, Ip last) {
        return first.equals(last) ? first.toString() : first + "-" + last;
    }
}
