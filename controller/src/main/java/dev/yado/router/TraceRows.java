package dev.yado.router;

import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What a packet meets, as it is wanted. */
@Repository
class TraceRows {
    private final JdbcClient jdbc;

    TraceRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** @param host null while the VM has no place @param moves null, or from where or to where, in words */
    record Station(
            UUID tenant,
            String vm,
            @Nullable HostId host,
            @Nullable String moves) {}

    Optional<Station> station(NicId nic) {
        return jdbc.sql("""
                SELECT n.tenant_id, v.name, a.host_id, CASE WHEN m.to_host = c.host_id
                    THEN 'is moving to host ' || h.name || '; its packets go to the other host until it has arrived'
                    ELSE 'has moved from host ' || h.name || ', which sends on what others still send there' END AS moves
                FROM nic n JOIN vm v ON v.id = n.vm_id LEFT JOIN allocation a ON a.vm_id = v.id
                LEFT JOIN LATERAL (SELECT host_id, migration_id FROM claim WHERE vm_id = v.id
                    ORDER BY created_at DESC LIMIT 1) c ON true LEFT JOIN migration m ON m.id = c.migration_id LEFT JOIN host h ON h.id = c.host_id
                WHERE n.id = ?
                """)
                .param(nic.value())
                .query((row, _) -> {
                    UUID host = row.getObject("host_id", UUID.class);
                    return new Station(
                            row.getObject("tenant_id", UUID.class),
                            row.getString("name"),
                            host == null ? null : new HostId(host),
                            row.getString("moves"));
                })
                .optional();
    }

    /** The cards of a VM, in order. */
    List<NicId> cards(UUID vm) {
        return jdbc
                .sql("SELECT id FROM nic WHERE vm_id = ? ORDER BY ordinal")
                .param(vm)
                .query(UUID.class)
                .list()
                .stream()
                .map(NicId::new)
                .toList();
    }

    /** @param nic null where the address is the gateway's or a service's without a card */
    record Holder(@Nullable NicId nic, boolean ofVm, String use) {}

    Optional<Holder> holder(NetworkId network, Ip address) {
        return jdbc.sql("""
                SELECT a.nic_id, a.use, n.vm_id FROM address a LEFT JOIN nic n ON n.id = a.nic_id
                WHERE a.network_id = ? AND a.ip = ?::inet
                """)
                .params(network.value(), address.toString())
                .query((row, _) -> {
                    UUID nic = row.getObject("nic_id", UUID.class);
                    return new Holder(
                            nic == null ? null : new NicId(nic),
                            row.getObject("vm_id", UUID.class) != null,
                            row.getString("use"));
                })
                .optional();
    }

    /** @param gateway what guests are told as their default route */
    record Range(Cidr cidr, @Nullable Ip gateway) {}

    /** The subnet of the network that the address lies in. */
    Optional<Range> range(NetworkId network, Ip address) {
        return jdbc.sql("SELECT cidr, gateway FROM subnet WHERE network_id = ? AND ?::inet << cidr")
                .params(network.value(), address.toString())
                .query((row, _) -> new Range(Inet.cidr(row.getString("cidr")), Inet.ipOrNull(row.getString("gateway"))))
                .optional();
    }

    /** The router whose foot in the network has the address. */
    Optional<RouterId> routerAt(NetworkId network, Ip address) {
        return jdbc.sql("""
                SELECT n.router_id FROM address a JOIN nic n ON n.id = a.nic_id
                WHERE a.network_id = ? AND a.ip = ?::inet AND n.router_id IS NOT NULL
                """)
                .params(network.value(), address.toString())
                .query(UUID.class)
                .optional()
                .map(RouterId::new);
    }

    /** What of the card's security groups lets it pass, in words. */
    Optional<String> rule(
            NicId nic,
            SecurityRule.Direction direction,
            SecurityRule.Protocol protocol,
            @Nullable Integer port,
            Ip other) {
        return jdbc.sql("""
                SELECT 'rule ' || r.id || ' of the group ' || g.name FROM nic_security_group m
                JOIN security_rule r ON r.group_id = m.group_id JOIN security_group g ON g.id = m.group_id
                WHERE m.nic_id = :nic AND r.direction = :direction AND r.family = :family
                    AND (r.protocol = 'ANY' OR r.protocol = :protocol)
                    AND (r.port_min IS NULL OR r.protocol = 'ICMP'
                        OR :port::int BETWEEN r.port_min AND coalesce(r.port_max, r.port_min))
                    AND (r.remote_cidr IS NULL OR :other::inet <<= r.remote_cidr)
                    AND (r.remote_group_id IS NULL OR EXISTS (SELECT FROM nic_security_group o JOIN address a ON a.nic_id = o.nic_id
                        WHERE o.group_id = r.remote_group_id AND a.ip = :other::inet
                            AND o.network_id IN (SELECT joined_networks(ARRAY[m.network_id]))))
                ORDER BY r.id LIMIT 1
                """)
                .param("nic", nic.value())
                .param("direction", direction.name())
                .param("family", other.v6() ? "IPV6" : "IPV4")
                .param("protocol", protocol.name())
                .param("port", port)
                .param("other", other.toString())
                .query(String.class)
                .optional();
    }

    /** Names of the card's security groups. */
    String groups(NicId nic) {
        return jdbc.sql("""
                SELECT coalesce(string_agg(g.name, ', ' ORDER BY g.name), 'none') FROM nic_security_group m
                JOIN security_group g ON g.id = m.group_id WHERE m.nic_id = ?
                """).param(nic.value()).query(String.class).single();
    }

    /** @param problem null: the host has the newest in force */
    record Sync(String name, boolean alive, @Nullable String problem) {}

    Sync networkAt(NetworkId network, HostId host) {
        return sync("network", "host_network", network.value(), host);
    }

    Sync routerAt(RouterId router, HostId host) {
        return sync("router", "host_router", router.value(), host);
    }

    private Sync sync(String table, String told, UUID object, HostId host) {
        return jdbc.sql("""
                SELECT h.name, h.lease_until > now() AS alive, CASE WHEN t.problem IS NOT NULL THEN t.problem
                    WHEN coalesce(t.acknowledged, 0) < o.generation THEN 'it has acknowledged generation '
                        || coalesce(t.acknowledged, 0) || ', the newest is ' || o.generation END AS problem
                FROM %s o JOIN host h ON h.id = :host
                LEFT JOIN %s t ON t.%s_id = o.id AND t.host_id = h.id WHERE o.id = :object
                """.formatted(table, told, table))
                .param("object", object)
                .param("host", host.value())
                .query((row, _) -> new Sync(row.getString("name"), row.getBoolean("alive"), row.getString("problem")))
                .optional()
                .orElse(new Sync(host.toString(), false, "it is gone"));
    }

    /** Where an external address of the cloud leads. @param nic null: nowhere, for this port */
    record Outer(
            UUID tenant,
            @Nullable NicId nic,
            @Nullable Ip fixed,
            @Nullable Integer port,
            @Nullable RouterId router) {}

    Optional<Outer> floating(NetworkId external, Ip address, SecurityRule.Protocol protocol, @Nullable Integer port) {
        return jdbc.sql("""
                SELECT f.tenant_id, coalesce(f.nic_id, p.nic_id) AS nic_id, coalesce(f.fixed, p.fixed) AS fixed, p.fixed_port, f.router_id
                FROM floating_ip f LEFT JOIN port_forwarding p ON p.floating_ip_id = f.id AND p.protocol = :protocol AND p.port = :port::int
                WHERE f.network_id = :network AND f.ip = :address::inet
                """)
                .param("network", external.value())
                .param("address", address.toString())
                .param("protocol", protocol.name())
                .param("port", port)
                .query((row, _) -> {
                    UUID nic = row.getObject("nic_id", UUID.class);
                    UUID router = row.getObject("router_id", UUID.class);
                    return new Outer(
                            row.getObject("tenant_id", UUID.class),
                            nic == null ? null : new NicId(nic),
                            Inet.ipOrNull(row.getString("fixed")),
                            row.getObject("fixed_port", Integer.class),
                            router == null ? null : new RouterId(router));
                })
                .optional();
    }

    /** The floating IP as which the card's address leaves through the router. */
    Optional<Ip> leavesAs(RouterId router, NicId nic, Ip fixed) {
        return jdbc.sql("SELECT ip FROM floating_ip WHERE router_id = ? AND nic_id = ? AND fixed = ?::inet")
                .params(router.value(), nic.value(), fixed.toString())
                .query((row, _) -> Inet.ip(row.getString("ip")))
                .optional();
    }
}
