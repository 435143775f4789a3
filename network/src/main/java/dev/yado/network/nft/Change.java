package dev.yado.network.nft;

import dev.yado.kernel.Nftables;
import dev.yado.network.Difference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What leads from the rules in the kernel to those that are wanted: the least that differs, as one transaction. Nothing else is
 * touched, so that counters, limits and flows go on.
 */
public final class Change {
    private static final int MOST_NAMED = 20;

    private final List<Difference> differences = new ArrayList<>();
    private final StringBuilder before = new StringBuilder();
    private final StringBuilder rules = new StringBuilder();
    private final StringBuilder after = new StringBuilder();
    private final Set<String> touched = new HashSet<>();
    private final List<Table> wanted;

    /** Reads the kernel. A namespace is one owner's: a table that is not among {@code wanted} is foreign and goes. */
    public static Change towards(List<Table> wanted, Nftables nftables) throws IOException {
        return new Change(Listing.of(nftables), wanted);
    }

    Change(Listing seen, List<Table> wanted) {
        this.wanted = wanted;
        Set<String> titles = wanted.stream().map(Table::title).collect(Collectors.toSet());
        seen.tables().keySet().stream().filter(title -> !titles.contains(title)).forEach(title -> {
            differences.add(Difference.foreign("the table " + title));
            before.append("delete table ").append(title).append('\n');
        });
        wanted.forEach(table -> compare(seen.tables().get(table.title()), table));
    }

    /** What the kernel holds when it has been run. */
    Listing outcome() {
        return Listing.of(wanted);
    }

    public List<Difference> differences() {
        return differences;
    }

    boolean isNothing() {
        return script().isEmpty();
    }

    /** Whether something in that table differs. */
    boolean touches(String title) {
        return touched.contains(title);
    }

    String script() {
        return before.toString() + rules + after;
    }

    /** In one transaction; nothing when nothing differs. */
    public void run(Nftables nftables) throws IOException {
        String script = script();
        if (!script.isEmpty()) {
            nftables.run(script);
        }
    }

    private void compare(Listing.@Nullable SeenTable seen, Table wanted) {
        int found = differences.size();
        if (seen == null) {
            differences.add(Difference.missing("the packet rules " + wanted.title()));
            before.append("add table ").append(wanted.title()).append('\n');
        }
        Listing.SeenTable known = seen == null ? new Listing.SeenTable(Map.of(), Map.of(), Map.of()) : seen;
        int namedFrom = differences.size();
        if (reshaped(known, wanted)) {
            differences.add(Difference.changed("the shape of a set or hook in " + wanted.title()));
            before.append("delete table ").append(wanted.title()).append('\n');
            before.append("add table ").append(wanted.title()).append('\n');
            known = new Listing.SeenTable(Map.of(), Map.of(), Map.of());
        }
        counters(known, wanted);
        sets(known, wanted);
        chains(known, wanted);
        if (seen == null) {
            differences.subList(namedFrom, differences.size()).clear();
        }
        if (differences.size() > found) {
            touched.add(wanted.title());
        }
    }

    /** Types and hooks cannot be changed in place. */
    private static boolean reshaped(Listing.SeenTable seen, Table wanted) {
        return wanted.sets().entrySet().stream().anyMatch(entry -> {
                    Elements other = seen.sets().get(entry.getKey());
                    return other != null && !other.sameShape(entry.getValue());
                })
                || wanted.chains().entrySet().stream().anyMatch(entry -> {
                    Listing.SeenChain other = seen.chains().get(entry.getKey());
                    Hook hook = entry.getValue().hook();
                    return other != null && !(hook == null ? other.hook() == null : hook.listedAs(other.hook()));
                });
    }

    private void counters(Listing.SeenTable seen, Table wanted) {
        wanted.counters().stream()
                .filter(name -> !seen.counters().containsKey(name))
                .forEach(name -> command(before, "add counter", wanted, name, " { }"));
        seen.counters().keySet().stream()
                .filter(name -> !wanted.counters().contains(name))
                .forEach(name -> command(after, "delete counter", wanted, name, ""));
    }

    private void sets(Listing.SeenTable seen, Table wanted) {
        wanted.sets().forEach((name, elements) -> {
            Elements there = seen.sets().get(name);
            if (there == null) {
                differences.add(Difference.missing("the " + elements.word() + " " + name));
                command(before, "add " + elements.word(), wanted, name, " { " + elements.shape() + " }");
                members(wanted, name, elements.values(), "add");
            } else if (!there.values().equals(elements.values())) {
                move(wanted, name, there, elements);
            }
        });
        seen.sets().forEach((name, elements) -> {
            if (!wanted.sets().containsKey(name)) {
                differences.add(Difference.foreign("the " + elements.word() + " " + name));
                command(after, "delete " + elements.word(), wanted, name, "");
            }
        });
    }

    private void move(Table table, String name, Elements there, Elements wanted) {
        Map<String, String> gone = new HashMap<>(there.values());
        gone.entrySet().removeAll(wanted.values().entrySet());
        Map<String, String> fresh = new HashMap<>(wanted.values());
        fresh.entrySet().removeAll(there.values().entrySet());
        named(Difference.Kind.FOREIGN, gone, wanted.word(), name);
        named(Difference.Kind.MISSING, fresh, wanted.word(), name);
        members(table, name, gone, "delete");
        members(table, name, fresh, "add");
    }

    private void named(Difference.Kind kind, Map<String, String> elements, String what, String name) {
        elements.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .limit(MOST_NAMED)
                .forEach(element -> differences.add(
                        new Difference(kind, Elements.written(element) + " in the " + what + " " + name)));
        if (elements.size() > MOST_NAMED) {
            differences.add(new Difference(kind, (elements.size() - MOST_NAMED) + " more in the " + what + " " + name));
        }
    }

    private void members(Table table, String name, Map<String, String> elements, String verb) {
        if (!elements.isEmpty()) {
            String list =
                    elements.entrySet().stream().map(Elements::written).collect(Collectors.joining(", ", " { ", " }"));
            command(before, verb + " element", table, name, list);
        }
    }

    private void chains(Listing.SeenTable seen, Table wanted) {
        wanted.chains().forEach((name, chain) -> {
            Listing.SeenChain there = seen.chains().get(name);
            if (there == null) {
                differences.add(Difference.missing("the rules of " + name));
                command(before, "add chain", wanted, name, chain.hook() == null ? "" : " { " + chain.hook() + " }");
                if (chain.hook() != null && !seen.chains().isEmpty()) {
                    command(before, "flush chain", wanted, name, ""); // Some kernels keep it when its device goes.
                }
            } else if (!there.comments().equals(chain.comments())) {
                differ(name, there.comments(), chain);
                command(before, "flush chain", wanted, name, "");
            }
            if (there == null || !there.comments().equals(chain.comments())) {
                chain.rules().forEach(rule -> command(rules, "add rule", wanted, name, " " + rule));
            }
        });
        seen.chains().forEach((name, chain) -> {
            if (!wanted.chains().containsKey(name)) {
                if (!wanted.isLeftOver(name)) {
                    differences.add(Difference.foreign("the rules of " + name));
                }
                command(before, "flush chain", wanted, name, "");
                after.insert(0, "delete chain " + wanted.title() + " " + name + "\n");
            }
        });
    }

    private void differ(String name, List<String> there, Chain wanted) {
        int named = differences.size();
        Set<String> known = new HashSet<>(there);
        wanted.rules().stream()
                .filter(rule -> !known.contains(rule.comment()))
                .limit(MOST_NAMED)
                .forEach(rule -> differences.add(
                        Difference.missing("the rule \"" + rule.text() + "\" (" + rule.why() + ") of " + name)));
        Set<String> own = new HashSet<>(wanted.comments());
        there.stream()
                .filter(comment -> !own.contains(comment))
                .limit(MOST_NAMED)
                .forEach(comment -> differences.add(Difference.foreign("the rule \"" + comment + "\" of " + name)));
        if (named == differences.size()) {
            differences.add(Difference.changed("the order of the rules of " + name));
        }
    }

    private static void command(StringBuilder to, String verb, Table table, String name, String rest) {
        to.append(verb)
                .append(' ')
                .append(table.title())
                .append(' ')
                .append(name)
                .append(rest)
                .append('\n');
    }
}
