package dev.yado.network.nft;

import dev.yado.network.ServiceAddresses;
import dev.yado.network.nft.Table.Lines;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The security groups of a network on this host, and what its guests may ask of the host.
 *
 * <p>A packet between two ports of the bridge is judged twice: by the groups of the port that began the flow, if it is here, then by
 * those of the other. A flow that passed carries the number of the rules that let it pass; its packets pass by that number. When
 * anything here changes the number does, and each flow is judged once more by the new rules: what is still allowed loses nothing,
 * what is not any more ends.
 */
final class NetworkRules {
    static final String TABLE = "yado";
    /** Its one rule carries the number of the rules. */
    static final String FRESH = "fresh";

    /** The mark of a flow that is being judged by the rules of the number in the lower bits. */
    private static final long PENDING = 0x8000_0000L;

    private static final int JUDGE_SENDER = 0;
    private static final int JUDGE_RECEIVER = 10;
    private static final int STAMP = 20;
    private static final String ASKED = "200/second burst 400 packets";

    private final HostNetwork network;
    private final Profiles profiles;
    private final Table table = new Table("inet", TABLE);

    private NetworkRules(HostNetwork network, Profiles profiles) {
        this.network = network;
        this.profiles = profiles;
    }

    /** @param number of the rules, 1 to 2147483647 */
    static Table of(HostNetwork network, Ownership ownership, int number) {
        NetworkRules rules = new NetworkRules(network, new Profiles(network, ownership));
        rules.number(number);
        rules.addresses();
        rules.groups();
        rules.profileChains();
        rules.forward();
        rules.services();
        return rules.table;
    }

    /** The number of the rules that the kernel holds; 0: none. */
    static int number(Listing listing) {
        Listing.SeenTable seen = listing.tables().get("inet " + TABLE);
        if (seen == null || !seen.chains().containsKey(FRESH)) {
            return 0;
        }
        return seen.chains().get(FRESH).comments().stream()
                .map(comment -> comment.substring(comment.lastIndexOf(' ') + 1))
                .filter(last -> last.matches("\\d{1,9}"))
                .mapToInt(Integer::parseInt)
                .max()
                .orElse(0);
    }

    private void number(int number) {
        long pending = PENDING | number;
        table.chain(FRESH, new Lines().add("ct mark " + number + " accept", "number " + number));
        table.chain("begin", new Lines().add("ct mark set " + pending, "judged by the rules of this number"));
        table.chain(
                "stamp",
                new Lines().add("ct mark " + pending + " ct mark set " + number, "passed the rules of this number"));
    }

    private void addresses() {
        SortedMap<String, String> four = new TreeMap<>();
        SortedMap<String, String> six = new TreeMap<>();
        profiles.byAddress()
                .forEach((span, profile) -> (span.first().v6() ? six : four).put(span.toString(), profile.toString()));
        table.intervals("profile4", "ipv4_addr : mark", four);
        table.intervals("profile6", "ipv6_addr : mark", six);
    }

    private void groups() {
        Map<SecurityGroupId, SecurityGroup> known = new HashMap<>();
        network.groups().forEach(group -> known.put(group.id(), group));
        Set<SecurityGroupId> used = new TreeSet<>();
        profiles.all().values().forEach(used::addAll);
        Map<SecurityGroupId, List<Ip>> members = new HashMap<>();
        network.groupMembers().forEach(group -> members.put(group.group(), group.addresses()));
        for (SecurityGroupId id : used) {
            SecurityGroup group = known.getOrDefault(id, new SecurityGroup(id, "", List.of()));
            for (SecurityRule rule : group.rules()) {
                if (rule.remoteGroup() != null) {
                    members(rule.remoteGroup(), members.getOrDefault(rule.remoteGroup(), List.of()));
                }
            }
            for (Direction direction : Direction.values()) {
                Lines lines = new Lines();
                group.rules().stream()
                        .filter(rule -> rule.direction() == direction)
                        .map(RuleText::of)
                        .forEach(rule -> lines.add(rule.text(), rule.why()));
                table.chain(group(id, direction), lines);
            }
        }
    }

    private void members(SecurityGroupId group, List<Ip> addresses) {
        for (boolean v6 : new boolean[] {false, true}) {
            String name = RuleText.members(group, v6);
            if (!table.sets().containsKey(name)) {
                SortedMap<String, String> values = new TreeMap<>();
                addresses.stream()
                        .filter(address -> address.v6() == v6)
                        .forEach(address -> values.put(address.toString(), ""));
                table.set(name, v6 ? "ipv6_addr" : "ipv4_addr", values);
            }
        }
    }

    static String group(SecurityGroupId id, Direction direction) {
        return "g" + RuleText.plain(id) + (direction == Direction.IN ? "_in" : "_out");
    }

    private static String profile(int number, Direction direction) {
        return "p" + number + (direction == Direction.IN ? "_in" : "_out");
    }

    private void profileChains() {
        profiles.all().forEach((number, groups) -> {
            for (Direction direction : Direction.values()) {
                Lines lines = new Lines();
                groups.forEach(group -> lines.add("jump " + group(group, direction), "group " + group));
                table.chain(profile(number, direction), lines.add("drop", "no rule of its groups lets it pass"));
            }
        });
        dispatch(Direction.OUT);
        dispatch(Direction.IN);
    }

    /** To the rules of the profile that the packet is marked with. */
    private void dispatch(Direction direction) {
        Lines lines = new Lines().add("meta mark 0 accept", "the port is not here, or not filtered");
        if (!profiles.all().isEmpty()) {
            StringBuilder targets = new StringBuilder();
            profiles.all()
                    .keySet()
                    .forEach(number -> targets.append(targets.isEmpty() ? "" : ", ")
                            .append(number)
                            .append(" : goto ")
                            .append(profile(number, direction)));
            lines.add("meta mark vmap { " + targets + " }", "to the rules of its groups");
        }
        table.chain(direction == Direction.IN ? "receiver" : "sender", lines.add("drop", "no such groups"));
    }

    private void forward() {
        table.chain(
                "sent",
                hook("forward", JUDGE_SENDER, "drop"),
                new Lines()
                        .add("ct state established,related jump " + FRESH, "flows that passed these rules")
                        .add("ct state untracked goto untracked", "neighbour discovery")
                        .add("ct state invalid drop", "belongs to no flow and begins none")
                        .add("jump begin", "judge it by these rules")
                        .add("meta mark set 0", "no groups so far")
                        .add("meta mark set ct original ip saddr map @profile4", "groups of the sender")
                        .add("meta mark set ct original ip6 saddr map @profile6", "groups of the sender")
                        .add("goto sender", "may it send this"));
        table.chain(
                "received",
                hook("forward", JUDGE_RECEIVER, "drop"),
                new Lines()
                        .add("ct state established,related jump " + FRESH, "flows that passed these rules")
                        .add("ct state untracked accept", "neighbour discovery")
                        .add(
                                "ct original ip daddr { 224.0.0.0/4, 255.255.255.255 } drop",
                                "networks carry unicast only")
                        .add("ct original ip6 daddr ff00::/8 drop", "networks carry unicast only")
                        .add("meta mark set 0", "no groups so far")
                        .add("meta mark set ct original ip daddr map @profile4", "groups of the receiver")
                        .add("meta mark set ct original ip6 daddr map @profile6", "groups of the receiver")
                        .add("goto receiver", "may it get this"));
        table.chain(
                "passed",
                hook("forward", STAMP, "accept"),
                new Lines()
                        .add("jump stamp", "its flow needs no more judging")
                        .add("meta mark set 0", "the mark is of no use outside"));
        table.chain(
                "untracked",
                new Lines()
                        .add("icmpv6 type { 135, 136 } accept", "neighbour discovery, judged at the cards")
                        .add("drop", "all else without a flow"));
    }

    private static Hook hook(String hook, int priority, String policy) {
        return new Hook("filter", hook, null, priority, policy);
    }

    /** To the bridge's own addresses; nothing else of the host is in the network's namespace. */
    private void services() {
        table.meter("asked4", "ipv4_addr");
        table.meter("asked6", "ipv6_addr");
        table.chain(
                "input",
                hook("input", 0, "drop"),
                new Lines()
                        .add("iifname \"lo\" accept", "the services among themselves")
                        .add("ct state established,related accept", "answers")
                        .add(
                                "icmpv6 type { 130, 131, 132, 133, 135, 136, 143 } accept",
                                "neighbour and listener discovery")
                        .add("ct state invalid drop", "belongs to no flow and begins none")
                        .add("udp dport { 67, 547 } accept", "DHCP")
                        .add(
                                "ip saddr != 0.0.0.0 add @asked4 { ip saddr limit rate over " + ASKED + " } drop",
                                "asks too often")
                        .add("add @asked6 { ip6 saddr limit rate over " + ASKED + " } drop", "asks too often")
                        .add("meta l4proto { 6, 17 } th dport 53 accept", "DNS")
                        .add("ip daddr " + ServiceAddresses.METADATA + " tcp dport 80 accept", "metadata")
                        .add("ip6 daddr " + ServiceAddresses.LINK_LOCAL + " tcp dport 80 accept", "metadata")
                        .add("icmp type 8 accept", "echo")
                        .add("icmpv6 type 128 accept", "echo"));
        table.chain(
                "output",
                hook("output", 0, "accept"),
                new Lines()
                        .add(
                                "ip saddr " + ServiceAddresses.METADATA + " tcp sport 80 ip ttl set 1",
                                "metadata is for the guest itself, not for whom it forwards"));
    }
}
