package dev.yado.simulator;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.GroupMembers;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What becomes of a packet by the desired state. A simulated kernel is always as desired. */
final class Trace {
    private final HostNetwork network;
    private final PacketTrace.Question question;
    private final Port at;
    private final List<PacketTrace.Hop> hops = new ArrayList<>();

    private Trace(HostNetwork network, PacketTrace.Question question, Port at) {
        this.network = network;
        this.question = question;
        this.at = at;
    }

    static PacketTrace.Answer of(HostNetwork network, PacketTrace.Question question) {
        Port at = network.ports().stream()
                .filter(port -> port.id().equals(question.at()))
                .findFirst()
                .orElseThrow(() -> new HostRefusal(
                        ErrorCode.NOT_FOUND, "Network " + network.id() + " has no port " + question.at() + "."));
        Trace trace = new Trace(network, question, at);
        switch (question.direction()) {
            case OUT -> {
                trace.antiSpoofing();
                trace.groups(question.destination());
                trace.neighbours();
            }
            case IN -> trace.groups(question.source());
        }
        return new PacketTrace.Answer(trace.hops);
    }

    private void antiSpoofing() {
        boolean own = !at.filtered()
                || at.addresses().contains(question.source())
                || at.alsoAllowed().stream().anyMatch(range -> range.contains(question.source()));
        hop(
                "anti-spoofing",
                own,
                own ? question.source() + " is the port's own" : question.source() + " is not of " + at.addresses());
    }

    private void groups(Ip other) {
        if (!at.filtered()) {
            hop("security groups", true, "the port is not filtered");
            return;
        }
        Optional<SecurityRule> rule = network.groups().stream()
                .filter(group -> at.groups().contains(group.id()))
                .map(SecurityGroup::rules)
                .flatMap(List::stream)
                .filter(each -> matches(each, other))
                .findFirst();
        hop(
                "security groups",
                rule.isPresent(),
                rule.map(found -> "rule " + found.id() + " lets it through").orElse("no rule lets it through"));
    }

    private boolean matches(SecurityRule rule, Ip other) {
        return rule.direction() == question.direction()
                && (rule.family() == SecurityRule.Family.IPV6) == other.v6()
                && (rule.protocol() == SecurityRule.Protocol.ANY || rule.protocol() == question.protocol())
                && (question.protocol() == SecurityRule.Protocol.ICMP || portMatches(rule, question.port()))
                && remoteMatches(rule, other);
    }

    private static boolean portMatches(SecurityRule rule, @Nullable Integer port) {
        Integer first = rule.portMin();
        if (first == null) {
            return true;
        }
        Integer last = rule.portMax();
        return port != null && port >= first && port <= (last == null ? first : last);
    }

    private boolean remoteMatches(SecurityRule rule, Ip other) {
        Cidr range = rule.remote();
        if (range != null) {
            return range.contains(other);
        }
        return rule.remoteGroup() == null
                || network.groupMembers().stream()
                        .filter(members -> members.group().equals(rule.remoteGroup()))
                        .map(GroupMembers::addresses)
                        .anyMatch(addresses -> addresses.contains(other));
    }

    private void neighbours() {
        Optional<Port> to = network.ports().stream()
                .filter(port -> port.addresses().contains(question.destination()))
                .findFirst();
        boolean inside =
                network.subnets().stream().anyMatch(subnet -> subnet.cidr().contains(question.destination()));
        boolean placed = to.map(Port::place).isPresent();
        hop(
                "neighbours",
                placed || !inside,
                to.map(port -> "port " + port.id() + (placed ? " has a host" : " has no host"))
                        .orElse(inside ? "no port has " + question.destination() : "outside of the network's subnets"));
    }

    private void hop(String place, boolean passes, String detail) {
        Verdict verdict = passes ? Verdict.PASS : Verdict.DROP;
        hops.add(new PacketTrace.Hop(place, verdict, verdict, detail));
    }
}
