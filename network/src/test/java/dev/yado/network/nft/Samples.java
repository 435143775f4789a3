package dev.yado.network.nft;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.GroupMembers;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.SecurityRule.Direction;
import dev.yado.protocol.network.SecurityRule.Family;
import dev.yado.protocol.network.SecurityRule.Protocol;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A network of two families whose ports are all on this host. */
public final class Samples {
    public static final NetworkId NETWORK = NetworkId.random();
    static final TenantId TENANT = TenantId.random();
    private static final List<Subnet> SUBNETS = List.of(
            new Subnet(Cidr.parse("10.0.0.0/16"), Ip.parse("10.0.0.2"), null, true, List.of(), List.of()),
            new Subnet(Cidr.parse("fd00::/64"), Ip.parse("fd00::2"), null, true, List.of(), List.of()));

    private Samples() {}

    public static Port port(int number, SecurityGroupId... groups) {
        return port(number, List.of(), null, groups);
    }

    public static Port port(int number, List<Cidr> alsoAllowed, @Nullable Qos qos, SecurityGroupId... groups) {
        int high = number / 200;
        int low = number % 200 + 10;
        return new Port(
                NicId.random(),
                VmId.random(),
                new Mac("02:00:00:00:%02x:%02x".formatted(high, low)),
                List.of(Ip.parse("10.0.%d.%d".formatted(high, low)), Ip.parse("fd00::%x:%x".formatted(high, low))),
                null,
                new Port.Place(true, null),
                alsoAllowed,
                List.of(groups),
                true,
                qos);
    }

    public static Ip v4(Port port) {
        return port.addresses().get(0);
    }

    public static Ip v6(Port port) {
        return port.addresses().get(1);
    }

    static SecurityRule rule(Direction direction, Family family, Protocol protocol) {
        return rule(direction, family, protocol, null, null, null, null);
    }

    static SecurityRule rule(
            Direction direction,
            Family family,
            Protocol protocol,
            @Nullable Integer min,
            @Nullable Integer max,
            @Nullable String remote,
            @Nullable SecurityGroupId group) {
        return new SecurityRule(
                UUID.randomUUID(),
                direction,
                family,
                protocol,
                min,
                max,
                remote == null ? null : Cidr.parse(remote),
                group);
    }

    public static SecurityGroup group(SecurityGroupId id, SecurityRule... rules) {
        return new SecurityGroup(id, "group", List.of(rules));
    }

    /** Lets out all of both families, besides these. */
    public static SecurityGroup open(SecurityGroupId id, SecurityRule... rules) {
        List<SecurityRule> all = new ArrayList<>(List.of(rules));
        all.add(rule(Direction.OUT, Family.IPV4, Protocol.ANY));
        all.add(rule(Direction.OUT, Family.IPV6, Protocol.ANY));
        return new SecurityGroup(id, "group", all);
    }

    public static HostNetwork network(List<Port> ports, SecurityGroup... groups) {
        return network(ports, List.of(groups), members(ports, groups));
    }

    static HostNetwork network(List<Port> ports, List<SecurityGroup> groups, List<GroupMembers> members) {
        return new HostNetwork(
                NETWORK, TENANT, "net", 1, new Segment.Overlay(7), 1450, SUBNETS, ports, groups, members);
    }

    private static List<GroupMembers> members(List<Port> ports, SecurityGroup... groups) {
        List<GroupMembers> all = new ArrayList<>();
        for (SecurityGroup group : groups) {
            all.add(new GroupMembers(
                    group.id(),
                    ports.stream()
                            .filter(port -> port.groups().contains(group.id()))
                            .flatMap(port -> port.addresses().stream())
                            .toList()));
        }
        return all;
    }
}
