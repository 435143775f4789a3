package dev.yado.network;

import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.GroupMembers;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import dev.yado.protocol.network.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One network as it stands in one snapshot, from which what each host is told follows.
 *
 * @param ports in the order of their ids: those of VMs that have a place and those of routers
 * @param groups all that these ports are in
 * @param members of all groups that rules of {@code groups} name, in networks from which packets can come
 * @param told what each host has acknowledged
 */
public record Drawing(
        NetworkId id,
        @Nullable TenantId tenant,
        String name,
        long generation,
        Segment segment,
        int mtu,
        List<Subnet> subnets,
        List<Drawn> ports,
        Map<SecurityGroupId, SecurityGroup> groups,
        Map<SecurityGroupId, List<Ip>> members,
        Map<HostId, Told> told) {
    private static final TenantId NOBODY = new TenantId(new UUID(0, 0));

    /**
     * A host that a moving VM does not belong to, and that has to do with its cards all the same.
     *
     * @param arriving it is to come there; else it was there
     */
    record Claim(HostId host, boolean arriving) {}

    /** @param port as its own host has it @param claim null while it does not move */
    record Drawn(
            @Nullable HostId host,
            @Nullable Ip endpoint,
            @Nullable Claim claim,
            Port port) {
        private boolean isHere(HostId reader) {
            return reader.equals(host) || isArriving(reader);
        }

        private boolean isArriving(HostId reader) {
            return claim != null && claim.arriving() && claim.host().equals(reader) && !reader.equals(host);
        }

        private boolean hasLeft(HostId reader) {
            return claim != null && !claim.arriving() && claim.host().equals(reader) && !reader.equals(host);
        }

        private Stream<HostId> hosts() {
            return Stream.of(
                            Optional.ofNullable(host),
                            Optional.ofNullable(claim).map(Claim::host))
                    .flatMap(Optional::stream);
        }

        private Port.@Nullable Place place(HostId reader) {
            if (host == null) {
                return null;
            }
            Ip elsewhere = reader.equals(host) ? null : endpoint;
            return new Port.Place(isHere(reader), elsewhere, isArriving(reader), hasLeft(reader) && elsewhere != null);
        }

        Port at(HostId reader) {
            return new Port(
                    port.id(),
                    port.vm(),
                    port.mac(),
                    port.addresses(),
                    port.hostname(),
                    place(reader),
                    port.alsoAllowed(),
                    isHere(reader) ? port.groups() : List.of(),
                    port.filtered(),
                    port.qos());
        }
    }

    /**
     * What a host was told before.
     *
     * @param acknowledged 0: nothing
     * @param problem null: none
     */
    public record Told(long acknowledged, @Nullable String problem) {}

    /** The hosts that have to carry it: where its ports are, and for a moving VM the other host as well. */
    public Set<HostId> hosts() {
        return ports.stream().flatMap(Drawn::hosts).collect(Collectors.toCollection(TreeSet::new));
    }

    /** True when there is nothing to tell it. */
    public boolean isKnownAt(HostId host) {
        return Optional.ofNullable(told.get(host))
                .filter(said -> said.acknowledged() >= generation)
                .isPresent();
    }

    /** The whole network, as this host has to carry it. */
    public HostNetwork at(HostId host) {
        List<SecurityGroup> here = ports.stream()
                .filter(drawn -> drawn.isHere(host))
                .flatMap(drawn -> drawn.port().groups().stream())
                .distinct()
                .sorted()
                .map(groups::get)
                .filter(Objects::nonNull)
                .toList();
        Set<SecurityGroupId> named = here.stream()
                .flatMap(group -> group.rules().stream())
                .map(SecurityRule::remoteGroup)
                .filter(Objects::nonNull)
                .collect(Collectors.toCollection(TreeSet::new));
        List<GroupMembers> behind = new ArrayList<>();
        named.forEach(group -> behind.add(new GroupMembers(group, members.getOrDefault(group, List.of()))));
        return new HostNetwork(
                id,
                tenant == null ? NOBODY : tenant,
                name,
                generation,
                segment,
                mtu,
                subnets,
                ports.stream().map(drawn -> drawn.at(host)).toList(),
                here,
                behind);
    }
}
