package dev.yado.network.nft;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A table as it is wanted. */
public final class Table {
    private final String family;
    private final String name;
    private final Map<String, Chain> chains = new LinkedHashMap<>();
    private final Map<String, Elements> sets = new LinkedHashMap<>();
    private final SortedSet<String> counters = new TreeSet<>();
    private Predicate<String> leftOver = name -> false;

    public Table(String family, String name) {
        this.family = family;
        this.name = name;
    }

    /** As nft writes it in commands, such as {@code inet yado}. */
    String title() {
        return family + " " + name;
    }

    Map<String, Chain> chains() {
        return chains;
    }

    Map<String, Elements> sets() {
        return sets;
    }

    SortedSet<String> counters() {
        return counters;
    }

    /** Chains that may be there for a while with nobody to blame: they are taken away, and no difference. */
    void leftOver(Predicate<String> chains) {
        leftOver = chains;
    }

    boolean isLeftOver(String chain) {
        return leftOver.test(chain);
    }

    public void chain(String name, Lines rules) {
        chain(name, null, rules);
    }

    public void chain(String name, @Nullable Hook hook, Lines rules) {
        chains.put(name, new Chain(hook, rules.rules()));
    }

    public void set(String name, String type, SortedMap<String, String> values) {
        sets.put(name, new Elements(type, Elements.Kind.EXACT, values));
    }

    public void intervals(String name, String type, SortedMap<String, String> values) {
        sets.put(name, new Elements(type, Elements.Kind.INTERVAL, values));
    }

    void meter(String name, String type) {
        sets.put(name, new Elements(type, Elements.Kind.METER, new TreeMap<>()));
    }

    void counter(String name) {
        counters.add(name);
    }

    /** Rules in the order in which they are added. */
    public static final class Lines {
        private final List<Rule> rules = new ArrayList<>();

        public Lines add(String text, String why) {
            rules.add(new Rule(text, why));
            return this;
        }

        List<Rule> rules() {
            return rules;
        }
    }
}
