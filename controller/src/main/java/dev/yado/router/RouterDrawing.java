package dev.yado.router;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import dev.yado.protocol.network.Segment;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Reads all that a gateway is told of a router. To be called in a transaction that sees one snapshot. */
@Component
class RouterDrawing {
    private final JdbcTemplate jdbc;
    private final RouterRows rows;

    RouterDrawing(JdbcTemplate jdbc, RouterRows rows) {
        this.jdbc = jdbc;
        this.rows = rows;
    }

    Optional<HostRouters.Wanted> draw(RouterId id) {
        return rows.find(id)
                .map(router -> new HostRouters.Wanted(router.gateway().host(), content(router)));
    }

    private HostRouter content(RouterView router) {
        return new HostRouter(
                router.id(),
                router.tenant(),
                router.name(),
                router.generation(),
                legs(router),
                router.external() == null ? null : uplink(router, router.external()),
                floatingIps(router.id()),
                forwardings(router.id()),
                router.routes());
    }

    private static List<HostRouter.Leg> legs(RouterView router) {
        Map<NicId, List<RouterView.Foot>> byCard = router.feet().stream()
                .collect(Collectors.groupingBy(RouterView.Foot::nic, TreeMap::new, Collectors.toList()));
        return byCard.values().stream()
                .map(feet -> new HostRouter.Leg(
                        feet.getFirst().nic(),
                        feet.getFirst().network(),
                        feet.getFirst().mac(),
                        feet.stream()
                                .map(foot -> new Interface(
                                        foot.address(), foot.cidr().prefix()))
                                .toList()))
                .toList();
    }

    private record OutsideAddress(
            Ip address, Cidr cidr, @Nullable Ip gateway) {}

    private HostRouter.Uplink uplink(RouterView router, RouterView.External external) {
        NetworkId network = external.network();
        List<OutsideAddress> addresses = jdbc.query(
                """
                SELECT a.ip, a.cidr, s.gateway FROM nic n JOIN address a ON a.nic_id = n.id JOIN subnet s ON s.id = a.subnet_id
                WHERE n.router_id = ? AND n.network_id = ? ORDER BY family(a.ip), a.ip
                """,
                (row, _) -> new OutsideAddress(
                        Inet.ip(row.getString("ip")),
                        Inet.cidr(row.getString("cidr")),
                        Inet.ipOrNull(row.getString("gateway"))),
                router.id().value(),
                network.value());
        return Objects.requireNonNull(jdbc.queryForObject(
                """
                SELECT n.mac, w.mtu, w.segment, w.provider, w.vlan FROM nic n JOIN network w ON w.id = n.network_id
                WHERE n.router_id = ? AND n.network_id = ?
                """,
                (row, _) -> new HostRouter.Uplink(
                        segment(row),
                        new Mac(row.getString("mac")),
                        row.getInt("mtu"),
                        addresses.stream()
                                .map(each -> new Interface(
                                        each.address(), each.cidr().prefix()))
                                .toList(),
                        addresses.stream()
                                .map(OutsideAddress::gateway)
                                .filter(Objects::nonNull)
                                .toList(),
                        external.snat()),
                router.id().value(),
                network.value()));
    }

    private static Segment segment(ResultSet row) throws SQLException {
        String provider = row.getString("provider");
        return row.getString("segment").equals("VLAN")
                ? new Segment.Vlan(provider, row.getInt("vlan"))
                : new Segment.Flat(provider);
    }

    private List<HostRouter.FloatingIp> floatingIps(RouterId id) {
        return jdbc.query(
                "SELECT ip, fixed FROM floating_ip WHERE router_id = ? AND nic_id IS NOT NULL ORDER BY ip",
                (row, _) -> new HostRouter.FloatingIp(Inet.ip(row.getString("ip")), Inet.ip(row.getString("fixed"))),
                id.value());
    }

    private List<HostRouter.PortForwarding> forwardings(RouterId id) {
        return jdbc.query(
                """
                SELECT f.ip, p.protocol, p.port, p.fixed, p.fixed_port FROM port_forwarding p
                JOIN floating_ip f ON f.id = p.floating_ip_id WHERE f.router_id = ? ORDER BY f.ip, p.protocol, p.port
                """,
                (row, _) -> new HostRouter.PortForwarding(
                        Inet.ip(row.getString("ip")),
                        SecurityRule.Protocol.valueOf(row.getString("protocol")),
                        row.getInt("port"),
                        Inet.ip(row.getString("fixed")),
                        row.getInt("fixed_port")),
                id.value());
    }
}
