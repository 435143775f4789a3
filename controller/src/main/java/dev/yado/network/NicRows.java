package dev.yado.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code nic}, {@code nic_security_group} and of taking addresses. */
@Component
class NicRows {
    private static final String SELECT = """
            SELECT n.id, n.vm_id, n.network_id, n.tenant_id, n.mac::text AS mac, n.in_kbits, n.out_kbits, n.created_at,
                ARRAY(SELECT host(a.ip) || '/' || masklen(a.cidr) FROM address a WHERE a.nic_id = n.id ORDER BY family(a.ip), a.ip)
                    AS addresses
            """;
    private static final String WITH_GROUPS = SELECT + """
            , ARRAY(SELECT g.group_id FROM nic_security_group g WHERE g.nic_id = n.id ORDER BY g.group_id) AS groups FROM nic n
            """;
    private static final String WITHOUT_GROUPS = SELECT + ", NULL::uuid[] AS groups FROM nic n ";

    private final JdbcTemplate jdbc;

    NicRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** What came of taking an address. */
    enum Outcome {
        TAKEN_NOW,
        NO_SUBNET,
        OUTSIDE,
        RESERVED,
        TAKEN,
        EXHAUSTED
    }

    /** False when another card of the network has the MAC. */
    boolean insert(NicId id, TenantId tenant, VmId vm, int ordinal, NetworkId network, @Nullable Mac mac) {
        return jdbc.update(
                        """
                        INSERT INTO nic (id, tenant_id, network_id, vm_id, ordinal, mac)
                        VALUES (?, ?, ?, ?, ?, coalesce(?::macaddr, next_mac(?))) ON CONFLICT (network_id, mac) DO NOTHING
                        """,
                        id.value(),
                        tenant.value(),
                        network.value(),
                        vm.value(),
                        ordinal,
                        mac == null ? null : mac.text(),
                        network.value())
                > 0;
    }

    /** Which of these there are in the tenant; for none, whether there is its default one. */
    int join(NicId id, TenantId tenant, NetworkId network, List<SecurityGroupId> groups) {
        return jdbc.update("""
                INSERT INTO nic_security_group (nic_id, group_id, tenant_id, network_id)
                SELECT ?, g.id, g.tenant_id, ? FROM security_group g
                WHERE g.tenant_id = ? AND CASE WHEN cardinality(?::uuid[]) = 0 THEN g.is_default ELSE g.id = ANY (?::uuid[]) END
                ON CONFLICT DO NOTHING
                """, id.value(), network.value(), tenant.value(), ids(groups), ids(groups));
    }

    /** Only where they are others: what changes a card is told to hosts. */
    void limit(NicId id, Qos qos) {
        jdbc.update("""
                UPDATE nic SET in_kbits = ?, out_kbits = ?
                WHERE id = ? AND (in_kbits IS DISTINCT FROM ?::int OR out_kbits IS DISTINCT FROM ?::int)
                """, qos.inKbits(), qos.outKbits(), id.value(), qos.inKbits(), qos.outKbits());
    }

    /** Out of all but these. */
    void leave(NicId id, List<SecurityGroupId> but) {
        jdbc.update(
                "DELETE FROM nic_security_group WHERE nic_id = ? AND NOT group_id = ANY (?::uuid[])",
                id.value(),
                ids(but));
    }

    private static UUID[] ids(List<SecurityGroupId> groups) {
        return groups.stream().map(SecurityGroupId::value).toArray(UUID[]::new);
    }

    /** Whoever takes of a subnet comes after the other, until the end of the transaction. */
    Outcome takeAddress(SubnetId subnet, NicId nic, @Nullable Ip asked, TenantId tenant) {
        String outcome = jdbc.queryForObject(
                "SELECT outcome FROM take_address(?, ?, ?::inet, 'NIC', ?)",
                String.class,
                subnet.value(),
                nic.value(),
                asked == null ? null : asked.toString(),
                tenant.value());
        return Outcome.valueOf(String.valueOf(outcome));
    }

    /** Who has the address, in words. */
    String holder(NetworkId network, Ip address) {
        return jdbc.queryForList("""
                SELECT coalesce('the card ' || a.nic_id, 'a floating IP') FROM address a WHERE a.network_id = ? AND a.ip = ?::inet
                """, String.class, network.value(), address.toString()).stream()
                .findFirst()
                .orElse("a card that is just being removed");
    }

    NetworkNeeds needs(Collection<NetworkId> networks) {
        Set<String> providers = new TreeSet<>(jdbc.queryForList(
                "SELECT DISTINCT coalesce(provider, '') FROM network WHERE id = ANY (?::uuid[])", String.class, (Object)
                        networks.stream().map(NetworkId::value).toArray(UUID[]::new)));
        boolean any = !networks.isEmpty();
        return new NetworkNeeds(any, providers.remove(""), providers);
    }

    Set<NetworkId> networksOf(VmId vm) {
        return jdbc
                .queryForList("SELECT network_id FROM nic WHERE vm_id = ? ORDER BY network_id", UUID.class, vm.value())
                .stream()
                .map(NetworkId::new)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    List<NicView> ofVms(Collection<VmId> vms) {
        return jdbc.query(
                WITHOUT_GROUPS + "WHERE n.vm_id = ANY (?::uuid[]) ORDER BY n.vm_id, n.ordinal",
                (row, _) -> view(row),
                (Object) vms.stream().map(VmId::value).toArray(UUID[]::new));
    }

    Optional<NicView> find(NicId id) {
        return jdbc
                .query(WITH_GROUPS + "WHERE n.id = ? AND n.vm_id IS NOT NULL", (row, _) -> view(row), id.value())
                .stream()
                .findFirst();
    }

    void lock(NicId id) {
        jdbc.queryForList("SELECT 1 FROM nic WHERE id = ? FOR NO KEY UPDATE", Integer.class, id.value());
    }

    /** @param tenant null for those of everybody */
    List<NicView> page(@Nullable TenantId tenant, @Nullable NetworkId network, @Nullable UUID after, int limit) {
        StringBuilder sql = new StringBuilder(WITH_GROUPS).append("WHERE n.vm_id IS NOT NULL");
        List<Object> arguments = new ArrayList<>();
        if (tenant != null) {
            sql.append(" AND n.tenant_id = ?");
            arguments.add(tenant.value());
        }
        if (network != null) {
            sql.append(" AND n.network_id = ?");
            arguments.add(network.value());
        }
        if (after != null) {
            sql.append(" AND n.id > ?");
            arguments.add(after);
        }
        sql.append(" ORDER BY n.id LIMIT ?");
        arguments.add(limit);
        return jdbc.query(sql.toString(), (row, _) -> view(row), arguments.toArray());
    }

    private static NicView view(ResultSet row) throws SQLException {
        Array groups = row.getArray("groups");
        return new NicView(
                new NicId(row.getObject("id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                new NetworkId(row.getObject("network_id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                new Mac(row.getString("mac")),
                interfaces(row),
                groups == null
                        ? List.of()
                        : Arrays.stream((UUID[]) groups.getArray())
                                .map(SecurityGroupId::new)
                                .toList(),
                qos(row),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private static @Nullable Qos qos(ResultSet row) throws SQLException {
        Integer in = row.getObject("in_kbits", Integer.class);
        Integer out = row.getObject("out_kbits", Integer.class);
        return in == null && out == null ? null : new Qos(in, out);
    }

    private static List<Interface> interfaces(ResultSet row) throws SQLException {
        return Arrays.stream((String[]) row.getArray("addresses").getArray())
                .map(text -> text.split("/", 2))
                .map(parts -> new Interface(Ip.parse(parts[0]), Integer.parseInt(parts[1])))
                .toList();
    }
}
