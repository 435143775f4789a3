package dev.yado.network;

import dev.yado.api.generated.model.SecurityGroup;
import dev.yado.api.generated.model.SecurityRuleCreate;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Family;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Security groups and rules between the API's words and ours. */
final class SecurityJson {
    private static final int ICMP_MOST = 255;

    private SecurityJson() {}

    static SecurityRule newRule(SecurityRuleCreate asked) {
        Cidr remote = asked.getRemoteCidr() == null ? null : AddressText.cidr("remoteCidr", asked.getRemoteCidr());
        if (remote != null && asked.getRemoteGroupId() != null) {
            throw invalid("remoteCidr and remoteGroupId: a rule takes one of them");
        }
        Family family = family(asked, remote);
        SecurityRule.Protocol protocol =
                SecurityRule.Protocol.valueOf(asked.getProtocol().name());
        Integer min = asked.getPortMin();
        Integer max = max(protocol, min, asked.getPortMax());
        return new SecurityRule(
                UuidV7.next(),
                SecurityRule.Direction.valueOf(asked.getDirection().name()),
                family,
                protocol,
                min,
                max,
                remote,
                asked.getRemoteGroupId() == null ? null : new SecurityGroupId(asked.getRemoteGroupId()));
    }

    private static Family family(SecurityRuleCreate asked, @Nullable Cidr remote) {
        Family ofRemote = remote == null ? null : remote.v6() ? Family.IPV6 : Family.IPV4;
        if (asked.getFamily() == null) {
            return ofRemote == null ? Family.IPV4 : ofRemote;
        }
        Family family = Family.valueOf(asked.getFamily().name());
        if (ofRemote != null && ofRemote != family) {
            throw invalid("family: remoteCidr " + remote + " is of " + ofRemote);
        }
        return family;
    }

    private static @Nullable Integer max(SecurityRule.Protocol protocol, @Nullable Integer min, @Nullable Integer max) {
        if (min == null) {
            if (max != null) {
                throw invalid("portMax: give portMin too");
            }
            return null;
        }
        return switch (protocol) {
            case TCP, UDP, SCTP -> {
                int last = max == null ? min : max;
                if (min < 1 || last < min) {
                    throw invalid("portMin and portMax: ports are 1 to 65535, the last not below the first");
                }
                yield last;
            }
            case ICMP -> {
                if (min > ICMP_MOST || max != null && max > ICMP_MOST) {
                    throw invalid("portMin and portMax: types and codes of ICMP are 0 to 255");
                }
                yield max;
            }
            case ANY, GRE, ESP -> throw invalid("portMin: " + protocol + " has no ports");
        };
    }

    private static YadoException invalid(String detail) {
        return new YadoException(ErrorCode.INVALID_REQUEST, detail);
    }

    static SecurityGroup of(SecurityGroupView group) {
        return inList(group)
                .rules(group.rules().stream().map(rule -> of(group.id(), rule)).toList());
    }

    static SecurityGroup inList(SecurityGroupView group) {
        return new SecurityGroup(
                group.id().value(),
                group.name(),
                group.tenant().value(),
                group.description(),
                group.isDefault(),
                group.createdAt().atOffset(ZoneOffset.UTC));
    }

    static dev.yado.api.generated.model.SecurityRule of(SecurityGroupId group, SecurityRule rule) {
        SecurityGroupId remote = rule.remoteGroup();
        return new dev.yado.api.generated.model.SecurityRule(
                        rule.id(),
                        group.value(),
                        dev.yado.api.generated.model.SecurityRule.DirectionEnum.valueOf(
                                rule.direction().name()),
                        dev.yado.api.generated.model.SecurityRule.FamilyEnum.valueOf(
                                rule.family().name()),
                        dev.yado.api.generated.model.SecurityRule.ProtocolEnum.valueOf(
                                rule.protocol().name()))
                .portMin(rule.portMin())
                .portMax(rule.portMax())
                .remoteCidr(rule.remote() == null ? null : rule.remote().toString())
                .remoteGroupId(remote == null ? null : remote.value());
    }
}
