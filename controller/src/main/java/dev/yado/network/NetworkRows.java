package dev.yado.network;

import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.Segment;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code network} and {@code subnet}. */
@Component
class NetworkRows {
    private static final String SELECT =
            "SELECT id, tenant_id, name, segment, vni, provider, vlan, mtu, external, shared, generation, created_at FROM network";
    private static final String SUBNETS = """
            SELECT id, network_id, cidr::text AS cidr, host(gateway) AS gateway, host(service) AS service, dhcp,
                ARRAY(SELECT host(d) FROM unnest(dns_servers) d) AS dns_servers, created_at FROM subnet
            """;

    private final JdbcTemplate jdbc;

    NetworkRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** False when the name is taken. */
    boolean insert(NetworkId id, TenantId tenant, String name, int mtu) {
        return jdbc.update("""
                        INSERT INTO network (id, tenant_id, name, vni, mtu) VALUES (?, ?, ?, next_vni(), ?)
                        ON CONFLICT (tenant_id, name) DO NOTHING
                        """, id.value(), tenant.value(), name, mtu) > 0;
    }

    Optional<NetworkId> named(TenantId tenant, String name) {
        return jdbc
                .queryForList(
                        "SELECT id FROM network WHERE tenant_id = ? AND name = ?", UUID.class, tenant.value(), name)
                .stream()
                .findFirst()
                .map(NetworkId::new);
    }

    Optional<NetworkView> find(NetworkId id) {
        return jdbc.query(SELECT + " WHERE id = ?", (row, _) -> view(row, subnets(id)), id.value()).stream()
                .findFirst();
    }

    /** Until the end of the transaction nobody adds anything to it. */
    boolean lock(NetworkId id) {
        return !jdbc.queryForList("SELECT 1 FROM network WHERE id = ? FOR UPDATE", Integer.class, id.value())
                .isEmpty();
    }

    /** Until the end of the transaction nobody changes it or what routers join with it. */
    void lockJoined(NetworkId id) {
        jdbc.queryForList(
                "SELECT 1 FROM network WHERE id IN (SELECT joined_networks(ARRAY[?])) ORDER BY id FOR NO KEY UPDATE",
                Integer.class,
                id.value());
    }

    /** Without subnets. @param tenant its own and those for all; null for those of everybody */
    List<NetworkView> page(@Nullable TenantId tenant, @Nullable String name, @Nullable UUID after, int limit) {
        StringBuilder sql = new StringBuilder(SELECT).append(" WHERE true");
        List<Object> arguments = new ArrayList<>();
        if (tenant != null) {
            sql.append(" AND (tenant_id = ? OR tenant_id IS NULL)");
            arguments.add(tenant.value());
        }
        if (name != null) {
            sql.append(" AND name = ?");
            arguments.add(name);
        }
        if (after != null) {
            sql.append(" AND id > ?");
            arguments.add(after);
        }
        sql.append(" ORDER BY id LIMIT ?");
        arguments.add(limit);
        return jdbc.query(sql.toString(), (row, _) -> view(row, List.of()), arguments.toArray());
    }

    long generation(NetworkId id) {
        return jdbc.queryForList("SELECT generation FROM network WHERE id = ?", Long.class, id.value()).stream()
                .findFirst()
                .orElse(0L);
    }

    /** Hosts with a port of it, those that a VM with one moves from or to, and hosts that were told of it. */
    List<NetworkView.Carrier> carriers(NetworkId id) {
        return jdbc.query(
                """
                WITH wanted AS (
                    SELECT a.host_id FROM nic n JOIN allocation a ON a.vm_id = n.vm_id WHERE n.network_id = ?
                    UNION SELECT c.host_id FROM nic n JOIN claim c ON c.vm_id = n.vm_id WHERE n.network_id = ?
                    UNION SELECT r.gateway_host_id FROM router_leg n JOIN router r ON r.id = n.router_id
                        WHERE n.network_id = ? AND r.gateway_host_id IS NOT NULL)
                SELECT coalesce(w.host_id, h.host_id) AS host_id, coalesce(h.acknowledged, 0) AS acknowledged, h.problem,
                    CASE WHEN w.host_id IS NULL THEN 0 ELSE (SELECT generation FROM network WHERE id = ?) END AS wanted
                FROM wanted w FULL JOIN (SELECT * FROM host_network WHERE network_id = ?) h ON h.host_id = w.host_id ORDER BY 1
                """,
                (row, _) -> new NetworkView.Carrier(
                        new HostId(row.getObject("host_id", UUID.class)),
                        row.getLong("wanted"),
                        row.getLong("acknowledged"),
                        row.getString("problem")),
                id.value(),
                id.value(),
                id.value(),
                id.value(),
                id.value());
    }

    /**
     * What keeps it from being removed, in words.
     *
     * @param subnet only what has an address of it; null: anything in the network
     */
    Optional<String> user(NetworkId id, @Nullable SubnetId subnet) {
        return jdbc.queryForList("""
                SELECT coalesce('the card ' || n.id || ' of VM ' || v.name || ' (' || v.id || ')',
                    'the router ' || r.name || ' (' || r.id || ')', 'the floating IP ' || f.id, 'the router ' || u.name)
                FROM (SELECT ?::uuid AS network, ?::uuid AS subnet) asked
                LEFT JOIN LATERAL (SELECT n.* FROM nic n WHERE n.network_id = asked.network AND (asked.subnet IS NULL OR EXISTS (
                    SELECT FROM address a WHERE a.nic_id = n.id AND a.subnet_id = asked.subnet)) ORDER BY n.id LIMIT 1) n ON true
                LEFT JOIN vm v ON v.id = n.vm_id LEFT JOIN router r ON r.id = n.router_id
                LEFT JOIN LATERAL (SELECT f.id FROM floating_ip f JOIN address a ON a.network_id = f.network_id AND a.ip = f.ip
                    WHERE f.network_id = asked.network AND (asked.subnet IS NULL OR a.subnet_id = asked.subnet) LIMIT 1) f ON true
                LEFT JOIN LATERAL (SELECT u.name FROM router u
                    WHERE asked.subnet IS NULL AND u.uplink_network_id = asked.network LIMIT 1) u ON true
                """, String.class, id.value(), subnet == null ? null : subnet.value()).stream()
                .filter(Objects::nonNull)
                .findFirst();
    }

    /** With its subnets, which have no address in use. Hosts that were told of it will be told that it is gone. */
    void delete(NetworkId id) {
        jdbc.update(
                "DELETE FROM address WHERE network_id = ? AND nic_id IS NULL AND use IN ('GATEWAY', 'SERVICE')",
                id.value());
        jdbc.update("DELETE FROM subnet WHERE network_id = ?", id.value());
        jdbc.update("""
                UPDATE host_network SET gone_generation = (SELECT generation + 1 FROM network WHERE id = ?) WHERE network_id = ?
                """, id.value(), id.value());
        jdbc.query("SELECT sync_later(ARRAY[?], 'NETWORK')", _ -> {}, id.value());
        jdbc.update("DELETE FROM network WHERE id = ?", id.value());
    }

    void insert(SubnetView subnet) {
        jdbc.update(
                """
                INSERT INTO subnet (id, network_id, network_number, cidr, gateway, service, dhcp, dns_servers, next_address)
                SELECT ?, n.id, n.number, ?::cidr, ?::inet, ?::inet, ?, ?::inet[], ?::inet FROM network n WHERE n.id = ?
                """,
                subnet.id().value(),
                subnet.cidr().toString(),
                text(subnet.gateway()),
                subnet.service().toString(),
                subnet.dhcp(),
                subnet.dnsServers().stream().map(Ip::toString).toArray(String[]::new),
                subnet.service().plus(1).toString(),
                subnet.network().value());
        jdbc.update(
                """
                INSERT INTO address (network_id, ip, subnet_id, cidr, use)
                VALUES (?, ?::inet, ?, ?::cidr, 'GATEWAY'), (?, ?::inet, ?, ?::cidr, 'SERVICE')
                """,
                subnet.network().value(),
                subnet.cidr().address().plus(1).toString(),
                subnet.id().value(),
                subnet.cidr().toString(),
                subnet.network().value(),
                subnet.service().toString(),
                subnet.id().value(),
                subnet.cidr().toString());
    }

    /** Another subnet with addresses of the range, of the network or of one that routers join with it. */
    Optional<SubnetView> overlapping(NetworkId network, Cidr cidr, SubnetId besides) {
        return jdbc
                .query(
                        SUBNETS
                                + " WHERE network_id IN (SELECT joined_networks(ARRAY[?])) AND cidr && ?::cidr AND id <> ? LIMIT 1",
                        (row, _) -> subnet(row),
                        network.value(),
                        cidr.toString(),
                        besides.value())
                .stream()
                .findFirst();
    }

    List<SubnetView> subnets(NetworkId network) {
        return jdbc.query(SUBNETS + " WHERE network_id = ? ORDER BY id", (row, _) -> subnet(row), network.value());
    }

    List<SubnetView> subnets(NetworkId network, @Nullable UUID after, int limit) {
        return jdbc.query(
                SUBNETS + " WHERE network_id = ? AND (?::uuid IS NULL OR id > ?) ORDER BY id LIMIT ?",
                (row, _) -> subnet(row),
                network.value(),
                after,
                after,
                limit);
    }

    void delete(SubnetId id) {
        jdbc.update(
                "DELETE FROM address WHERE subnet_id = ? AND nic_id IS NULL AND use IN ('GATEWAY', 'SERVICE')",
                id.value());
        jdbc.update("DELETE FROM subnet WHERE id = ?", id.value());
    }

    private static @Nullable String text(@Nullable Ip ip) {
        return ip == null ? null : ip.toString();
    }

    private static NetworkView view(ResultSet row, List<SubnetView> subnets) throws SQLException {
        UUID tenant = row.getObject("tenant_id", UUID.class);
        return new NetworkView(
                new NetworkId(row.getObject("id", UUID.class)),
                tenant == null ? null : new TenantId(tenant),
                row.getString("name"),
                segment(row),
                row.getInt("mtu"),
                row.getBoolean("external"),
                tenant == null && row.getBoolean("shared"),
                instant(row),
                subnets);
    }

    static Segment segment(ResultSet row) throws SQLException {
        return switch (row.getString("segment")) {
            case "OVERLAY" -> new Segment.Overlay(row.getInt("vni"));
            case "FLAT" -> new Segment.Flat(row.getString("provider"));
            case "VLAN" -> new Segment.Vlan(row.getString("provider"), row.getInt("vlan"));
            case String other -> throw new IllegalStateException("no segment: " + other);
        };
    }

    private static SubnetView subnet(ResultSet row) throws SQLException {
        String gateway = row.getString("gateway");
        return new SubnetView(
                new SubnetId(row.getObject("id", UUID.class)),
                new NetworkId(row.getObject("network_id", UUID.class)),
                Cidr.parse(row.getString("cidr")),
                gateway == null ? null : Ip.parse(gateway),
                Ip.parse(row.getString("service")),
                row.getBoolean("dhcp"),
                ips(row, "dns_servers"),
                instant(row));
    }

    /** Of a column of text[]. */
    static List<Ip> ips(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null
                ? List.of()
                : Arrays.stream((String[]) array.getArray()).map(Ip::parse).toList();
    }

    private static Instant instant(ResultSet row) throws SQLException {
        return row.getObject("created_at", OffsetDateTime.class).toInstant();
    }
}
