package dev.yado.network.nft;

import static dev.yado.protocol.network.PacketTrace.Verdict.DROP;
import static dev.yado.protocol.network.PacketTrace.Verdict.PASS;
import static dev.yado.protocol.network.PacketTrace.Verdict.UNKNOWN;

import dev.yado.network.linux.Links;
import dev.yado.network.nft.RuleModel.Judgement;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.PacketTrace.Hop;
import dev.yado.protocol.network.PacketTrace.Question;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What becomes of a packet at its card and in the security groups. What is wanted comes from the model; what is real from the listing:
 * where the rules that decide are in the kernel as they are wanted, it does the same, and where they are not, what differs is said.
 */
final class Tracing {
    private static final String CARD = "anti-spoofing";
    private static final String GROUPS = "security groups";

    private final HostNetwork network;
    private final Question question;
    private final Listing seen;
    private final Table rules;
    private final Table cards;
    private final Set<String> devices;

    Tracing(HostNetwork network, Question question, Listing seen, Table rules, Table cards, Set<String> devices) {
        this.network = network;
        this.question = question;
        this.seen = seen;
        this.rules = rules;
        this.cards = cards;
        this.devices = devices;
    }

    List<Hop> hops() {
        Port port = network.ports().stream()
                .filter(candidate -> candidate.id().equals(question.at()))
                .findFirst()
                .orElse(null);
        if (port == null || question.source().v6() != question.destination().v6()) {
            return List.of(new Hop(
                    CARD,
                    UNKNOWN,
                    UNKNOWN,
                    port == null
                            ? "the network has no card " + question.at()
                            : question.source() + " and " + question.destination() + " are of different families"));
        }
        List<Hop> hops = new ArrayList<>();
        if (question.direction() == Direction.OUT) {
            hops.add(card(port, question.source(), "send from "));
            hops.add(groups(Direction.OUT));
            hops.add(groups(Direction.IN));
        } else {
            hops.add(groups(Direction.IN));
            hops.add(card(port, question.destination(), "get what is for "));
        }
        return hops;
    }

    private Hop card(Port port, Ip address, String what) {
        if (!port.filtered()) {
            return new Hop(CARD, PASS, PASS, "the card " + port.id() + " is not filtered");
        }
        boolean may = new RuleModel(network).maySendFrom(port, address);
        Verdict wanted = may ? PASS : DROP;
        String detail = "the card " + port.id() + (may ? " may " : " must not ") + what + address;
        String device = Links.tap(port.id());
        if (!devices.contains(device)) {
            return new Hop(CARD, wanted, UNKNOWN, detail + "; it is not plugged in");
        }
        List<String> missing = List.of("from_", "own_", "tells_", "ok_", "to_").stream()
                .map(prefix -> prefix + device)
                .filter(chain -> !same(cards, chain))
                .toList();
        return missing.isEmpty()
                ? new Hop(CARD, wanted, wanted, detail)
                : new Hop(CARD, wanted, UNKNOWN, detail + "; in the kernel " + missing + " is not as wanted");
    }

    private Hop groups(Direction direction) {
        Flow flow = new Flow(question.source(), question.destination(), question.protocol(), question.port(), 0);
        Judgement judgement = new RuleModel(network).judge(direction, flow);
        Verdict wanted = judgement.passes() ? PASS : DROP;
        String who = direction == Direction.OUT ? "of " + question.source() : "of " + question.destination();
        return switch (judgement) {
            case Judgement.NotJudgedHere _ ->
                new Hop(GROUPS, wanted, real(wanted, List.of()), "no filtered card of this host is asked " + who);
            case Judgement.NotUnicast _ ->
                new Hop(GROUPS, wanted, real(wanted, List.of("received")), "networks carry unicast only");
            case Judgement.NoRule(var groups) ->
                new Hop(
                        GROUPS,
                        wanted,
                        real(
                                wanted,
                                groups.stream()
                                        .map(id -> NetworkRules.group(id, direction))
                                        .toList()),
                        "no " + direction + " rule of its groups " + groups + " lets it pass; the groups are those "
                                + who + differing());
            case Judgement.Allowed(var group, var rule) ->
                new Hop(
                        GROUPS,
                        wanted,
                        allowed(rule, NetworkRules.group(group.id(), direction), direction),
                        "the rule " + rule.id() + " of group " + group.id() + " lets it pass" + differing());
        };
    }

    /** The rule itself and what it names are there. */
    private Verdict allowed(SecurityRule rule, String chain, Direction direction) {
        Listing.SeenTable table = seen.tables().get(rules.title());
        if (table == null) {
            return PASS; // Without rules everything passes.
        }
        Listing.SeenChain there = table.chains().get(chain);
        String comment = RuleText.of(rule).comment();
        if (there == null || !there.comments().contains(comment)) {
            return othersSame(chain) ? DROP : UNKNOWN;
        }
        Ip other = direction == Direction.IN ? question.source() : question.destination();
        if (rule.remoteGroup() != null) {
            Elements members = table.sets().get(RuleText.members(rule.remoteGroup(), other.v6()));
            if (members == null || !members.values().containsKey(other.toString())) {
                return DROP;
            }
        }
        return real(PASS, List.of(chain));
    }

    private boolean othersSame(String but) {
        return rules.chains().keySet().stream()
                .filter(chain -> !chain.equals(but))
                .allMatch(chain -> same(rules, chain));
    }

    /** What all packets pass, and what this one does besides, are as wanted: so is the verdict. */
    private Verdict real(Verdict wanted, List<String> chains) {
        if (!seen.tables().containsKey(rules.title())) {
            return PASS;
        }
        List<String> all = new ArrayList<>(List.of("sent", "received", "sender", "receiver", "passed"));
        all.addAll(chains);
        return all.stream().allMatch(chain -> same(rules, chain))
                        && foreignTables().isEmpty()
                ? wanted
                : UNKNOWN;
    }

    private String differing() {
        List<String> chains = rules.chains().keySet().stream()
                .filter(chain -> !same(rules, chain))
                .toList();
        String sets = rules.sets().entrySet().stream()
                .filter(entry -> !sameSet(entry))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
        List<String> foreign = foreignTables();
        return (chains.isEmpty() ? "" : "; in the kernel the rules of " + chains + " are not as wanted")
                + (sets.isEmpty() ? "" : "; in the kernel the members of " + sets + " are not as wanted")
                + (foreign.isEmpty() ? "" : "; in the kernel there are foreign tables " + foreign);
    }

    private List<String> foreignTables() {
        return seen.tables().keySet().stream()
                .filter(title -> !title.equals(rules.title()) && !title.equals(cards.title()))
                .toList();
    }

    private boolean sameSet(Map.Entry<String, Elements> entry) {
        Listing.SeenTable table = seen.tables().get(rules.title());
        return table != null && entry.getValue().equals(table.sets().get(entry.getKey()));
    }

    private boolean same(Table wanted, String chain) {
        Listing.SeenTable table = seen.tables().get(wanted.title());
        Listing.SeenChain there = table == null ? null : table.chains().get(chain);
        Chain own = wanted.chains().get(chain);
        return there != null && own != null && there.comments().equals(own.comments());
    }
}
