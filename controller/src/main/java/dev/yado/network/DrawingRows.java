package dev.yado.network;

import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.Port;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroup;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.protocol.network.Subnet;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Reads all that hosts are told of one network. To be called in a transaction that sees one snapshot. */
@Component
class DrawingRows {
    private static final String PORTS = """
            SELECT n.id, n.vm_id, n.mac::text AS mac, n.in_kbits, n.out_kbits,
                n.also_allowed::text[] AS also_allowed, coalesce(a.host_id, r.gateway_host_id) AS host_id,
                h.network ->> 'tunnelEndpoint' AS endpoint, s.hostname, c.host_id AS claimed_by, m.to_host = c.host_id AS arriving,
                ARRAY(SELECT host(i.ip) FROM address i WHERE i.nic_id = n.id ORDER BY family(i.ip), i.ip) AS addresses,
                ARRAY(SELECT g.group_id FROM nic_security_group g WHERE g.nic_id = n.id ORDER BY g.group_id) AS groups
            FROM nic n LEFT JOIN allocation a ON a.vm_id = n.vm_id LEFT JOIN router r ON r.id = n.router_id
                LEFT JOIN host h ON h.id = coalesce(a.host_id, r.gateway_host_id) LEFT JOIN vm_setup s ON s.vm_id = n.vm_id
                LEFT JOIN LATERAL (SELECT host_id, migration_id FROM claim WHERE vm_id = n.vm_id
                    ORDER BY created_at DESC LIMIT 1) c ON true LEFT JOIN migration m ON m.id = c.migration_id
            WHERE n.network_id = ? AND (a.host_id IS NOT NULL OR EXISTS (SELECT FROM router_leg l WHERE l.nic_id = n.id)) ORDER BY n.id
            """;

    private final JdbcTemplate jdbc;

    DrawingRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    Optional<Drawing> draw(NetworkId id) {
        return jdbc
                .query(
                        "SELECT id, tenant_id, name, generation, segment, vni, provider, vlan, mtu FROM network WHERE id = ?",
                        (row, _) -> draw(id, row),
                        id.value())
                .stream()
                .findFirst();
    }

    private Drawing draw(NetworkId id, ResultSet network) throws SQLException {
        UUID tenant = network.getObject("tenant_id", UUID.class);
        boolean shared = tenant == null;
        List<Drawing.Drawn> ports = jdbc.query(PORTS, (row, _) -> port(row, shared), id.value());
        Map<SecurityGroupId, SecurityGroup> groups = groups(ports.stream()
                .flatMap(port -> port.port().groups().stream())
                .collect(Collectors.toCollection(TreeSet::new)));
        Set<SecurityGroupId> named = groups.values().stream()
                .flatMap(group -> group.rules().stream())
                .map(SecurityRule::remoteGroup)
                .filter(Objects::nonNull)
                .collect(Collectors.toCollection(TreeSet::new));
        return new Drawing(
                id,
                shared ? null : new TenantId(tenant),
                network.getString("name"),
                network.getLong("generation"),
                NetworkRows.segment(network),
                network.getInt("mtu"),
                subnets(id),
                ports,
                groups,
                members(id, named),
                told(id));
    }

    /** The names of one tenant's guests are not for the others in a network that all share. */
    private static Drawing.Drawn port(ResultSet row, boolean shared) throws SQLException {
        UUID vm = row.getObject("vm_id", UUID.class);
        UUID host = row.getObject("host_id", UUID.class);
        String endpoint = row.getString("endpoint");
        Integer in = row.getObject("in_kbits", Integer.class);
        Integer out = row.getObject("out_kbits", Integer.class);
        Port port = new Port(
                new NicId(row.getObject("id", UUID.class)),
                vm == null ? null : new VmId(vm),
                new Mac(row.getString("mac")),
                NetworkRows.ips(row, "addresses"),
                shared ? null : row.getString("hostname"),
                null,
                Arrays.stream((String[]) row.getArray("also_allowed").getArray())
                        .map(Cidr::parse)
                        .toList(),
                Arrays.stream((UUID[]) row.getArray("groups").getArray())
                        .map(SecurityGroupId::new)
                        .toList(),
                vm != null,
                in == null && out == null ? null : new Qos(in, out));
        UUID claimed = row.getObject("claimed_by", UUID.class);
        return new Drawing.Drawn(
                host == null ? null : new HostId(host),
                endpoint == null ? null : Ip.parse(endpoint),
                claimed == null ? null : new Drawing.Claim(new HostId(claimed), row.getBoolean("arriving")),
                port);
    }

    private List<Subnet> subnets(NetworkId id) {
        return jdbc.query(
                """
                SELECT cidr::text AS cidr, host(gateway) AS gateway, host(service) AS service, dhcp,
                    ARRAY(SELECT host(d) FROM unnest(dns_servers) d) AS dns_servers,
                    ARRAY(SELECT destination::text || ' ' || host(next_hop) FROM static_route r WHERE r.subnet_id = s.id
                        ORDER BY destination) AS routes
                FROM subnet s WHERE network_id = ? ORDER BY id
                """,
                (row, _) -> new Subnet(
                        Cidr.parse(row.getString("cidr")),
                        Ip.parse(row.getString("service")),
                        ip(row.getString("gateway")),
                        row.getBoolean("dhcp"),
                        NetworkRows.ips(row, "dns_servers"),
                        Arrays.stream((String[]) row.getArray("routes").getArray())
                                .map(route -> route.split(" ", 2))
                                .map(route -> new StaticRoute(Cidr.parse(route[0]), Ip.parse(route[1])))
                                .toList()),
                id.value());
    }

    private static @Nullable Ip ip(@Nullable String text) {
        return text == null ? null : Ip.parse(text);
    }

    private Map<SecurityGroupId, SecurityGroup> groups(Set<SecurityGroupId> ids) {
        Map<SecurityGroupId, List<SecurityRule>> rules = new HashMap<>();
        jdbc.query(
                """
                SELECT id, group_id, direction, family, protocol, port_min, port_max, remote_cidr::text AS remote_cidr, remote_group_id
                FROM security_rule WHERE group_id = ANY (?::uuid[]) ORDER BY id
                """,
                row -> {
                    rules.computeIfAbsent(
                                    new SecurityGroupId(row.getObject("group_id", UUID.class)), _ -> new ArrayList<>())
                            .add(SecurityGroupRows.rule(row));
                },
                (Object) array(ids));
        Map<SecurityGroupId, SecurityGroup> groups = new HashMap<>();
        jdbc.query(
                "SELECT id, name FROM security_group WHERE id = ANY (?::uuid[])",
                row -> {
                    SecurityGroupId id = new SecurityGroupId(row.getObject("id", UUID.class));
                    groups.put(id, new SecurityGroup(id, row.getString("name"), rules.getOrDefault(id, List.of())));
                },
                (Object) array(ids));
        return groups;
    }

    /** Members with a place, of the network and of those that routers join with it. */
    private Map<SecurityGroupId, List<Ip>> members(NetworkId network, Set<SecurityGroupId> groups) {
        Map<SecurityGroupId, List<Ip>> members = new HashMap<>();
        if (groups.isEmpty()) {
            return members;
        }
        jdbc.query(
                """
                SELECT g.group_id, host(i.ip) AS ip FROM nic_security_group g JOIN nic n ON n.id = g.nic_id
                    JOIN allocation a ON a.vm_id = n.vm_id JOIN address i ON i.nic_id = n.id
                WHERE g.group_id = ANY (?::uuid[]) AND g.network_id IN (SELECT joined_networks(ARRAY[?]))
                GROUP BY g.group_id, i.ip ORDER BY g.group_id, i.ip
                """,
                row -> {
                    members.computeIfAbsent(
                                    new SecurityGroupId(row.getObject("group_id", UUID.class)), _ -> new ArrayList<>())
                            .add(Ip.parse(row.getString("ip")));
                },
                array(groups),
                network.value());
        return members;
    }

    private Map<HostId, Drawing.Told> told(NetworkId id) {
        Map<HostId, Drawing.Told> told = new HashMap<>();
        jdbc.query(
                "SELECT host_id, acknowledged, problem FROM host_network WHERE network_id = ?",
                row -> {
                    told.put(
                            new HostId(row.getObject("host_id", UUID.class)),
                            new Drawing.Told(row.getLong("acknowledged"), row.getString("problem")));
                },
                id.value());
        return told;
    }

    private static UUID[] array(Set<SecurityGroupId> ids) {
        return ids.stream().map(SecurityGroupId::value).toArray(UUID[]::new);
    }
}
