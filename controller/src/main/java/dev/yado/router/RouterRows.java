package dev.yado.router;

import dev.yado.api.PageRequest;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.StaticRoute;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

@Repository
class RouterRows {
    private static final String SELECT = """
            SELECT r.*, h.acknowledged, h.problem FROM router r
            LEFT JOIN host_router h ON h.router_id = r.id AND h.host_id = r.gateway_host_id
            """;
    private final JdbcClient jdbc;

    RouterRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** False when the name is taken. */
    boolean insert(RouterId id, TenantId tenant, String name) {
        return jdbc.sql("""
                INSERT INTO router (id, tenant_id, name) VALUES (?, ?, ?) ON CONFLICT (tenant_id, name) DO NOTHING
                """).params(id.value(), tenant.value(), name).update() == 1;
    }

    Optional<RouterId> named(TenantId tenant, String name) {
        return jdbc.sql("SELECT id FROM router WHERE tenant_id = ? AND name = ?")
                .params(tenant.value(), name)
                .query(UUID.class)
                .optional()
                .map(RouterId::new);
    }

    Optional<RouterView> find(RouterId id) {
        return views(jdbc.sql(SELECT + " WHERE r.id = ?")
                        .param(id.value())
                        .query(RouterRows::head)
                        .list())
                .stream()
                .findFirst();
    }

    List<RouterView> list(@Nullable TenantId tenant, @Nullable String name, PageRequest page) {
        return views(jdbc.sql(SELECT + """
                 WHERE (:after::uuid IS NULL OR r.id > :after) AND (:tenant::uuid IS NULL OR r.tenant_id = :tenant)
                   AND (:name::text IS NULL OR r.name = :name)
                ORDER BY r.id LIMIT :limit
                """)
                .param("after", page.after())
                .param("tenant", tenant == null ? null : tenant.value())
                .param("name", name)
                .param("limit", page.rowsToRead())
                .query(RouterRows::head)
                .list());
    }

    /**
     * Nobody else changes the router until the end of the transaction. First the networks that a change touches, as all who touch
     * networks take them first: so two wait for each other and neither dies.
     *
     * @param more a network that it is to be joined with; null for none
     * @return false when there is no such router
     */
    boolean lock(RouterId id, @Nullable NetworkId more) {
        jdbc.sql("""
                SELECT n.id FROM network n WHERE n.id IN (SELECT joined_networks(
                    ARRAY(SELECT network_id FROM nic WHERE router_id = :id UNION SELECT :more::uuid WHERE :more::uuid IS NOT NULL)))
                ORDER BY n.id FOR NO KEY UPDATE
                """)
                .param("id", id.value())
                .param("more", more == null ? null : more.value())
                .query(UUID.class)
                .list();
        return jdbc.sql("SELECT id FROM router WHERE id = ? FOR NO KEY UPDATE")
                .param(id.value())
                .query(UUID.class)
                .optional()
                .isPresent();
    }

    void delete(RouterId id) {
        jdbc.sql("DELETE FROM router WHERE id = ?").param(id.value()).update();
    }

    /** The card in the network, made where there is none yet. @param leg false for the way out */
    NicId nic(RouterView router, NetworkId network, boolean leg) {
        Optional<NicId> known = jdbc.sql("SELECT id FROM nic WHERE router_id = ? AND network_id = ?")
                .params(router.id().value(), network.value())
                .query(UUID.class)
                .optional()
                .map(NicId::new);
        if (known.isPresent()) {
            return known.get();
        }
        NicId made = NicId.random();
        jdbc.sql("""
                INSERT INTO nic (id, tenant_id, network_id, router_id, mac) VALUES (:id, :tenant, :network, :router, next_mac(:network))
                """)
                .param("id", made.value())
                .param("tenant", router.tenant().value())
                .param("network", network.value())
                .param("router", router.id().value())
                .update();
        if (leg) {
            jdbc.sql("INSERT INTO router_leg (nic_id, router_id, network_id) VALUES (?, ?, ?)")
                    .params(made.value(), router.id().value(), network.value())
                    .update();
        }
        return made;
    }

    /** With its leg and its addresses; those that are kept for routers stay kept. */
    void deleteNic(NicId nic) {
        jdbc.sql("DELETE FROM nic WHERE id = ?").param(nic.value()).update();
    }

    /** Takes the address that is kept for the subnet's router. False when another router has it. */
    boolean takeGateway(NetworkId network, Ip address, NicId nic) {
        return jdbc.sql("""
                UPDATE address SET nic_id = ? WHERE network_id = ? AND ip = ?::inet AND use = 'GATEWAY' AND nic_id IS NULL
                """)
                        .params(nic.value(), network.value(), address.toString())
                        .update()
                == 1;
    }

    record Taken(String outcome, @Nullable Ip address) {}

    /** @param asked null: any */
    Taken take(UUID subnet, @Nullable NicId nic, @Nullable Ip asked, String use, TenantId tenant) {
        return jdbc.sql("SELECT * FROM take_address(?, ?::uuid, ?::inet, ?, ?)")
                .param(subnet)
                .param(nic == null ? null : nic.value())
                .param(asked == null ? null : asked.toString())
                .param(use)
                .param(tenant.value())
                .query((row, _) -> new Taken(row.getString("outcome"), Inet.ipOrNull(row.getString("taken"))))
                .single();
    }

    /** Frees the addresses of one subnet that the card has. */
    void leave(NicId nic, UUID subnet) {
        jdbc.sql("UPDATE address SET nic_id = NULL WHERE nic_id = ? AND subnet_id = ? AND use = 'GATEWAY'")
                .params(nic.value(), subnet)
                .update();
        jdbc.sql("DELETE FROM address WHERE nic_id = ? AND subnet_id = ? AND use = 'NIC'")
                .params(nic.value(), subnet)
                .update();
    }

    void setExternal(RouterId id, @Nullable NetworkId network, boolean snat) {
        jdbc.sql("UPDATE router SET uplink_network_id = ?, snat = ? WHERE id = ?")
                .param(network == null ? null : network.value())
                .param(snat)
                .param(id.value())
                .update();
    }

    void setRoutes(RouterId id, List<StaticRoute> routes) {
        jdbc.sql("DELETE FROM static_route WHERE router_id = ?")
                .param(id.value())
                .update();
        for (StaticRoute route : routes) {
            jdbc.sql("""
                    INSERT INTO static_route (id, router_id, destination, next_hop)
                    VALUES (gen_random_uuid(), ?, ?::cidr, ?::inet)
                    """)
                    .params(
                            id.value(),
                            route.destination().toString(),
                            route.nextHop().toString())
                    .update();
        }
    }

    /** Words for a floating IP that leads through the router, to a network of it where one is named. */
    Optional<String> floatingIpThrough(RouterId id, @Nullable UUID subnet) {
        return jdbc.sql("""
                SELECT 'the floating IP ' || host(f.ip) || ' (' || f.id || ')' FROM floating_ip f
                WHERE f.router_id = :router AND (:subnet::uuid IS NULL
                    OR EXISTS (SELECT FROM subnet s WHERE s.id = :subnet AND f.fixed << s.cidr
                        AND s.network_id = (SELECT network_id FROM nic WHERE id = f.nic_id))
                    OR EXISTS (SELECT FROM port_forwarding p JOIN nic n ON n.id = p.nic_id JOIN subnet s ON s.network_id = n.network_id
                        WHERE p.floating_ip_id = f.id AND s.id = :subnet AND p.fixed << s.cidr))
                ORDER BY f.id LIMIT 1
                """)
                .param("router", id.value())
                .param("subnet", subnet)
                .query(String.class)
                .optional();
    }

    private record Head(
            RouterId id,
            TenantId tenant,
            String name,
            long generation,
            @Nullable NetworkId uplink,
            boolean snat,
            RouterView.Gateway gateway,
            Instant createdAt) {}

    private static Head head(ResultSet row, int ignored) throws SQLException {
        UUID uplink = row.getObject("uplink_network_id", UUID.class);
        UUID host = row.getObject("gateway_host_id", UUID.class);
        OffsetDateTime since = row.getObject("gateway_since", OffsetDateTime.class);
        String problem = row.getString("problem");
        return new Head(
                new RouterId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getString("name"),
                row.getLong("generation"),
                uplink == null ? null : new NetworkId(uplink),
                row.getBoolean("snat"),
                new RouterView.Gateway(
                        host == null ? null : new HostId(host),
                        row.getString("gateway_reason"),
                        since == null ? null : since.toInstant(),
                        host != null && problem == null && row.getLong("acknowledged") >= row.getLong("generation"),
                        problem),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private record FootOf(UUID router, boolean leg, RouterView.Foot foot) {}

    private record RouteOf(UUID router, StaticRoute route) {}

    private List<RouterView> views(List<Head> heads) {
        if (heads.isEmpty()) {
            return List.of();
        }
        List<UUID> ids = heads.stream().map(head -> head.id().value()).toList();
        Map<UUID, List<FootOf>> feet = jdbc
                .sql("""
                        SELECT n.router_id, n.id, n.network_id, n.mac, a.ip, a.subnet_id, a.cidr, l.nic_id IS NOT NULL AS leg
                        FROM nic n JOIN address a ON a.nic_id = n.id LEFT JOIN router_leg l ON l.nic_id = n.id
                        WHERE n.router_id IN (:ids) ORDER BY n.id, a.ip
                        """)
                .param("ids", ids)
                .query((row, _) -> new FootOf(
                        row.getObject("router_id", UUID.class),
                        row.getBoolean("leg"),
                        new RouterView.Foot(
                                row.getObject("subnet_id", UUID.class),
                                new NetworkId(row.getObject("network_id", UUID.class)),
                                new NicId(row.getObject("id", UUID.class)),
                                Inet.cidr(row.getString("cidr")),
                                Inet.ip(row.getString("ip")),
                                new Mac(row.getString("mac")))))
                .list()
                .stream()
                .collect(Collectors.groupingBy(FootOf::router));
        Map<UUID, List<RouteOf>> routes = jdbc
                .sql("SELECT * FROM static_route WHERE router_id IN (:ids) ORDER BY destination, id")
                .param("ids", ids)
                .query((row, _) -> new RouteOf(
                        row.getObject("router_id", UUID.class),
                        new StaticRoute(Inet.cidr(row.getString("destination")), Inet.ip(row.getString("next_hop")))))
                .list()
                .stream()
                .collect(Collectors.groupingBy(RouteOf::router));
        List<RouterView> views = new ArrayList<>();
        for (Head head : heads) {
            List<FootOf> own = feet.getOrDefault(head.id().value(), List.of());
            NetworkId uplink = head.uplink();
            views.add(new RouterView(
                    head.id(),
                    head.tenant(),
                    head.name(),
                    head.generation(),
                    uplink == null
                            ? null
                            : new RouterView.External(
                                    uplink,
                                    own.stream()
                                            .filter(foot -> !foot.leg())
                                            .map(foot -> foot.foot().address())
                                            .toList(),
                                    head.snat()),
                    own.stream().filter(FootOf::leg).map(FootOf::foot).toList(),
                    routes.getOrDefault(head.id().value(), List.of()).stream()
                            .map(RouteOf::route)
                            .toList(),
                    head.gateway(),
                    head.createdAt()));
        }
        return views;
    }
}
