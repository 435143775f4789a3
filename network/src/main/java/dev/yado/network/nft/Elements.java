package dev.yado.network.nft;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A named set or map.
 *
 * @param type of the keys, and for maps of the values, as in {@code ipv4_addr : mark}
 * @param values by key; empty texts in a set. Keys are in the form of {@link Listing}: {@code first-last} for a range, numbers decimal
 */
record Elements(String type, Kind kind, SortedMap<String, String> values) {
    enum Kind {
        EXACT,
        INTERVAL,
        /** Filled by packets and never compared: how often each key was seen of late. */
        METER
    }

    Elements {
        values = new TreeMap<>(values);
    }

    String word() {
        return type.contains(" : ") ? "map" : "set";
    }

    /** Its declaration. */
    String shape() {
        return "type " + type + ";"
                + switch (kind) {
                    case EXACT -> "";
                    case INTERVAL -> " flags interval;";
                    case METER -> " size 65535; flags dynamic,timeout; timeout 1m;";
                };
    }

    boolean sameShape(Elements other) {
        return type.equals(other.type) && kind == other.kind;
    }

    static String written(Map.Entry<String, String> element) {
        return element.getValue().isEmpty() ? element.getKey() : element.getKey() + " : " + element.getValue();
    }
}
