package dev.yado.network.nft;

import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the security groups of a network say of a flow, without a kernel: the same rules as {@link NetworkRules} writes down. */
public final class RuleModel {
    private final Ownership ownership;
    private final Map<NicId, Port> ports = new HashMap<>();
    private final Map<SecurityGroupId, SecurityGroup> groups = new HashMap<>();
    private final Map<SecurityGroupId, Set<Ip>> members = new HashMap<>();

    /** Why a flow may begin, or may not. */
    public sealed interface Judgement {
        /** No filtered port on this host has the address. */
        record NotJudgedHere() implements Judgement {}

        record Allowed(SecurityGroup group, SecurityRule rule) implements Judgement {}

        record NoRule(Set<SecurityGroupId> groups) implements Judgement {}

        /** A broadcast or multicast. */
        record NotUnicast() implements Judgement {}

        default boolean passes() {
            return switch (this) {
                case NotJudgedHere _, Allowed _ -> true;
                case NoRule _, NotUnicast _ -> false;
            };
        }
    }

    public RuleModel(HostNetwork network) {
        this.ownership = new Ownership(network);
        network.ports().forEach(port -> ports.putIfAbsent(port.id(), port));
        network.groups().forEach(group -> groups.put(group.id(), group));
        network.groupMembers().forEach(group -> members.put(group.group(), Set.copyOf(group.addresses())));
    }

    /** Whether the port may send from this address, by its card's rules. */
    public boolean maySendFrom(Port port, Ip source) {
        return ownership.of(port, source.v6()).stream().anyMatch(span -> span.contains(source));
    }

    /** By the groups of the port that begins the flow (OUT), or of the one that it goes to (IN). */
    public Judgement judge(Direction direction, Flow flow) {
        if (direction == Direction.IN && !unicast(flow.destination())) {
            return new Judgement.NotUnicast();
        }
        List<Port> judged = ownership.of(direction == Direction.OUT ? flow.source() : flow.destination()).stream()
                .map(ports::get)
                .filter(Objects::nonNull)
                .filter(Profiles::judgedHere)
                .toList();
        if (judged.isEmpty()) {
            return new Judgement.NotJudgedHere();
        }
        Set<SecurityGroupId> all = new TreeSet<>();
        judged.forEach(port -> all.addAll(port.groups()));
        Optional<Judgement> allowed = all.stream()
                .map(groups::get)
                .filter(Objects::nonNull)
                .flatMap(group -> group.rules().stream()
                        .filter(rule -> rule.direction() == direction && matches(rule, flow))
                        .map(rule -> (Judgement) new Judgement.Allowed(group, rule)))
                .findFirst();
        return allowed.orElse(new Judgement.NoRule(all));
    }

    static boolean unicast(Ip address) {
        int first = address.bytes()[0] & 0xff;
        return address.v6()
                ? first != 0xff
                : (first & 0xf0) != 0xe0 && !address.toString().equals("255.255.255.255");
    }

    private boolean matches(SecurityRule rule, Flow flow) {
        return rule.family() == flow.family()
                && (rule.protocol() == Protocol.ANY || rule.protocol() == flow.protocol())
                && ports(rule, flow)
                && remote(rule, rule.direction() == Direction.IN ? flow.source() : flow.destination());
    }

    private static boolean ports(SecurityRule rule, Flow flow) {
        Integer min = rule.portMin();
        Integer max = rule.portMax();
        Integer port = flow.port();
        return switch (rule.protocol()) {
            case ANY, GRE, ESP -> true;
            case TCP, UDP, SCTP -> min == null || port != null && port >= min && port <= (max == null ? min : max);
            case ICMP -> min == null || min.equals(port) && (max == null || max == flow.code());
        };
    }

    private boolean remote(SecurityRule rule, Ip other) {
        if (rule.remoteGroup() != null) {
            return members.getOrDefault(rule.remoteGroup(), Set.of()).contains(other);
        }
        return rule.remote() == null || rule.remote().contains(other);
    }
}
