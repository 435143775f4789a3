package dev.yado.protocol.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.TenantId;
import java.util.List;

/**
 * One network as one host has to carry it, whole.
 *
 * @param generation grows with every change of anything in it; a host refuses a lower one
 * @param name for people and for DNS: VM names are {@code <hostname>.<name>.internal} in it
 * @param mtu of the guests' cards; the host computes what its tunnel needs and reports when that does not fit
 * @param ports every port of the network, wherever it is
 * @param groups the security groups of the ports that are on this host
 * @param groupMembers the addresses behind each group that a rule of {@code groups} names
 */
public record HostNetwork(
        NetworkId id,
        TenantId tenantId,
        String name,
        long generation,
        Segment segment,
        int mtu,
        List<Subnet> subnets,
        List<Port> ports,
        List<SecurityGroup> groups,
        List<GroupMembers> groupMembers) {
    public HostNetwork {
        subnets = List.copyOf(subnets);
        ports = List.copyOf(ports);
        groups = List.copyOf(groups);
        groupMembers = List.copyOf(groupMembers);
    }
}
