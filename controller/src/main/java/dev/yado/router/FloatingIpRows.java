package dev.yado.router;

import dev.yado.api.PageRequest;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

@Repository
class FloatingIpRows {
    private static final String SELECT = """
            SELECT f.*, n.vm_id FROM floating_ip f LEFT JOIN nic n ON n.id = f.nic_id
            """;
    private final JdbcClient jdbc;

    FloatingIpRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void insert(FloatingIpId id, TenantId tenant, NetworkId network, Ip address) {
        jdbc.sql("INSERT INTO floating_ip (id, tenant_id, network_id, ip) VALUES (?, ?, ?, ?::inet)")
                .params(id.value(), tenant.value(), network.value(), address.toString())
                .update();
    }

    Optional<FloatingIpView> find(FloatingIpId id) {
        return views(jdbc.sql(SELECT + " WHERE f.id = ?").param(id.value())).stream()
                .findFirst();
    }

    boolean lock(FloatingIpId id) {
        return jdbc.sql("SELECT id FROM floating_ip WHERE id = ? FOR UPDATE")
                .param(id.value())
                .query(UUID.class)
                .optional()
                .isPresent();
    }

    List<FloatingIpView> list(@Nullable TenantId tenant, @Nullable Ip address, PageRequest page) {
        return views(jdbc.sql(SELECT + """
                 WHERE (:after::uuid IS NULL OR f.id > :after) AND (:tenant::uuid IS NULL OR f.tenant_id = :tenant)
                   AND (:address::inet IS NULL OR f.ip = :address::inet)
                ORDER BY f.id LIMIT :limit
                """)
                .param("after", page.after())
                .param("tenant", tenant == null ? null : tenant.value())
                .param("address", address == null ? null : address.toString())
                .param("limit", page.rowsToRead()));
    }

    /** What leads to the address of the card already, except this one. */
    Optional<FloatingIpView> leadingTo(NicId nic, Ip fixed, FloatingIpId except) {
        return views(jdbc.sql(SELECT + " WHERE f.nic_id = ? AND f.fixed = ?::inet AND f.id <> ?")
                        .params(nic.value(), fixed.toString(), except.value()))
                .stream()
                .findFirst();
    }

    void assign(FloatingIpId id, @Nullable NicId nic, @Nullable Ip fixed, @Nullable RouterId router) {
        jdbc.sql("UPDATE floating_ip SET nic_id = ?, fixed = ?::inet, router_id = ? WHERE id = ?")
                .param(nic == null ? null : nic.value())
                .param(fixed == null ? null : fixed.toString())
                .param(router == null ? null : router.value())
                .param(id.value())
                .update();
    }

    void delete(FloatingIpView floating) {
        jdbc.sql("DELETE FROM floating_ip WHERE id = ?")
                .param(floating.id().value())
                .update();
        jdbc.sql("DELETE FROM address WHERE network_id = ? AND ip = ?::inet AND use = 'FLOATING'")
                .params(floating.network().value(), floating.address().toString())
                .update();
    }

    /** False when the port leads somewhere already. */
    boolean forward(FloatingIpId id, FloatingIpView.Forwarding forwarding) {
        return jdbc.sql("""
                        INSERT INTO port_forwarding (id, floating_ip_id, protocol, port, nic_id, fixed, fixed_port)
                        VALUES (?, ?, ?, ?, ?, ?::inet, ?) ON CONFLICT (floating_ip_id, protocol, port) DO NOTHING
                        """)
                        .params(
                                forwarding.id(),
                                id.value(),
                                forwarding.protocol().name(),
                                forwarding.port(),
                                forwarding.nic().value(),
                                forwarding.fixed().toString(),
                                forwarding.fixedPort())
                        .update()
                == 1;
    }

    boolean deleteForwarding(FloatingIpId id, UUID forwarding) {
        return jdbc.sql("DELETE FROM port_forwarding WHERE floating_ip_id = ? AND id = ?")
                        .params(id.value(), forwarding)
                        .update()
                == 1;
    }

    /** Routers from the external network to the inner address, the one that guests are told first. */
    Optional<RouterId> between(NetworkId external, NetworkId inner, Ip fixed) {
        return jdbc.sql("""
                        SELECT r.id FROM router r JOIN nic n ON n.router_id = r.id JOIN router_leg l ON l.nic_id = n.id
                        JOIN address a ON a.nic_id = n.id JOIN subnet s ON s.id = a.subnet_id
                        WHERE r.uplink_network_id = ? AND l.network_id = ? AND ?::inet << a.cidr
                        ORDER BY a.use = 'GATEWAY' AND a.ip = s.gateway DESC NULLS LAST, r.id LIMIT 1
                        """)
                .params(external.value(), inner.value(), fixed.toString())
                .query(UUID.class)
                .optional()
                .map(RouterId::new);
    }

    /** False when it is gone. */
    boolean lockRouter(RouterId id) {
        return jdbc.sql("SELECT id FROM router WHERE id = ? FOR NO KEY UPDATE")
                .param(id.value())
                .query(UUID.class)
                .optional()
                .isPresent();
    }

    private record ForwardingOf(UUID floating, FloatingIpView.Forwarding forwarding) {}

    private List<FloatingIpView> views(JdbcClient.StatementSpec statement) {
        List<FloatingIpView> bare = statement.query(FloatingIpRows::bare).list();
        if (bare.isEmpty()) {
            return bare;
        }
        Map<UUID, List<ForwardingOf>> forwardings = jdbc
                .sql("SELECT * FROM port_forwarding WHERE floating_ip_id IN (:ids) ORDER BY protocol, port")
                .param("ids", bare.stream().map(each -> each.id().value()).toList())
                .query(FloatingIpRows::forwarding)
                .list()
                .stream()
                .collect(Collectors.groupingBy(ForwardingOf::floating));
        return bare.stream()
                .map(each -> new FloatingIpView(
                        each.id(),
                        each.tenant(),
                        each.network(),
                        each.address(),
                        each.nic(),
                        each.vm(),
                        each.fixed(),
                        each.router(),
                        forwardings.getOrDefault(each.id().value(), List.of()).stream()
                                .map(ForwardingOf::forwarding)
                                .toList(),
                        each.createdAt()))
                .toList();
    }

    private static FloatingIpView bare(ResultSet row, int ignored) throws SQLException {
        UUID nic = row.getObject("nic_id", UUID.class);
        UUID router = row.getObject("router_id", UUID.class);
        return new FloatingIpView(
                new FloatingIpId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                new NetworkId(row.getObject("network_id", UUID.class)),
                Inet.ip(row.getString("ip")),
                nic == null ? null : new NicId(nic),
                row.getObject("vm_id", UUID.class),
                Inet.ipOrNull(row.getString("fixed")),
                router == null ? null : new RouterId(router),
                List.of(),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private static ForwardingOf forwarding(ResultSet row, int ignored) throws SQLException {
        return new ForwardingOf(
                row.getObject("floating_ip_id", UUID.class),
                new FloatingIpView.Forwarding(
                        row.getObject("id", UUID.class),
                        SecurityRule.Protocol.valueOf(row.getString("protocol")),
                        row.getInt("port"),
                        new NicId(row.getObject("nic_id", UUID.class)),
                        Inet.ip(row.getString("fixed")),
                        row.getInt("fixed_port")));
    }
}
