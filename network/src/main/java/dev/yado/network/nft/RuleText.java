package dev.yado.network.nft;

import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A security group's rule in the language of nftables. It looks at the first packet's direction of the flow, whichever direction the
 * packet has that is judged: so a flow that is already there can be judged again.
 */
final class RuleText {
    /** Numbers of IANA; names would be looked up. */
    static final int ICMP = 1;

    static final int ICMPV6 = 58;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SCTP = 132;
    static final int GRE = 47;
    static final int ESP = 50;
    private static final int TYPE_SHIFT = 8;
    private static final int ANY_CODE = 0xff;

    private RuleText() {}

    /** Null: no rule can say so, such as a TCP port of a rule for ANY. */
    static Rule of(SecurityRule rule) {
        List<String> parts = new ArrayList<>();
        parts.add("meta nfproto " + (rule.family() == Family.IPV6 ? "ipv6" : "ipv4"));
        Integer number = number(rule.protocol(), rule.family());
        if (number != null) {
            parts.add("meta l4proto " + number);
        }
        String ports = ports(rule);
        if (ports != null) {
            parts.add("ct original proto-dst " + ports);
        }
        String remote = remote(rule);
        if (remote != null) {
            parts.add("ct original " + (rule.family() == Family.IPV6 ? "ip6 " : "ip ")
                    + (rule.direction() == Direction.IN ? "saddr " : "daddr ") + remote);
        }
        parts.add("accept");
        return new Rule(String.join(" ", parts), "rule " + rule.id());
    }

    static @Nullable Integer number(Protocol protocol, Family family) {
        return switch (protocol) {
            case ANY -> null;
            case TCP -> TCP;
            case UDP -> UDP;
            case ICMP -> family == Family.IPV6 ? ICMPV6 : ICMP;
            case SCTP -> SCTP;
            case GRE -> GRE;
            case ESP -> ESP;
        };
    }

    /** Of IPv4, besides ICMP. */
    static Protocol protocol(int number) {
        return Arrays.stream(Protocol.values())
                .filter(protocol -> Objects.equals(number(protocol, Family.IPV4), number))
                .findFirst()
                .orElse(Protocol.ANY);
    }

    /** Of ICMP, type and code stand where others have their port: high and low byte. */
    private static @Nullable String ports(SecurityRule rule) {
        Integer min = rule.portMin();
        if (min == null) {
            return null;
        }
        Integer max = rule.portMax();
        return switch (rule.protocol()) {
            case TCP, UDP, SCTP -> max == null || max.equals(min) ? min.toString() : min + "-" + max;
            case ICMP ->
                max == null
                        ? (min << TYPE_SHIFT) + "-" + (min << TYPE_SHIFT | ANY_CODE)
                        : String.valueOf(min << TYPE_SHIFT | max);
            case ANY, GRE, ESP -> null;
        };
    }

    private static @Nullable String remote(SecurityRule rule) {
        SecurityGroupId group = rule.remoteGroup();
        if (group != null) {
            return "@" + members(group, rule.family() == Family.IPV6);
        }
        return rule.remote() == null || rule.remote().prefix() == 0
                ? null
                : rule.remote().toString();
    }

    static String members(SecurityGroupId group, boolean v6) {
        return "m" + plain(group) + (v6 ? "_6" : "_4");
    }

    static String plain(SecurityGroupId group) {
        return group.toString().replace("-", "");
    }
}
