package dev.yado.network;

import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.network.SecurityGroupId;
import dev.yado.protocol.network.SecurityRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code security_group} and {@code security_rule}. */
@Component
class SecurityGroupRows {
    private static final String SELECT =
            "SELECT id, tenant_id, name, description, is_default, created_at FROM security_group";
    private static final String RULES = """
            SELECT id, group_id, direction, family, protocol, port_min, port_max, remote_cidr::text AS remote_cidr, remote_group_id
            FROM security_rule
            """;

    private final JdbcTemplate jdbc;

    SecurityGroupRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** False when the name is taken. With the rules that let everything out. */
    boolean insert(SecurityGroupId id, TenantId tenant, String name, String description) {
        int inserted = jdbc.update(
                "INSERT INTO security_group (id, tenant_id, name, description) VALUES (?, ?, ?, ?) ON CONFLICT (tenant_id, name) DO NOTHING",
                id.value(),
                tenant.value(),
                name,
                description);
        if (inserted > 0) {
            jdbc.update("""
                    INSERT INTO security_rule (id, tenant_id, group_id, direction, family, protocol)
                    SELECT gen_random_uuid(), ?, ?, 'OUT', f, 'ANY' FROM unnest(ARRAY['IPV4', 'IPV6']) f
                    """, tenant.value(), id.value());
        }
        return inserted > 0;
    }

    Optional<SecurityGroupId> named(TenantId tenant, String name) {
        return jdbc
                .queryForList(
                        "SELECT id FROM security_group WHERE tenant_id = ? AND name = ?",
                        UUID.class,
                        tenant.value(),
                        name)
                .stream()
                .findFirst()
                .map(SecurityGroupId::new);
    }

    /** With its rules. */
    Optional<SecurityGroupView> find(SecurityGroupId id) {
        return jdbc.query(SELECT + " WHERE id = ?", (row, _) -> view(row, rules(id)), id.value()).stream()
                .findFirst();
    }

    /** Until the end of the transaction nobody else changes its rules. */
    void lock(SecurityGroupId id) {
        jdbc.queryForList("SELECT 1 FROM security_group WHERE id = ? FOR NO KEY UPDATE", Integer.class, id.value());
    }

    /** Without rules. @param tenant null for those of everybody */
    List<SecurityGroupView> page(@Nullable TenantId tenant, @Nullable String name, @Nullable UUID after, int limit) {
        StringBuilder sql = new StringBuilder(SELECT).append(" WHERE true");
        List<Object> arguments = new ArrayList<>();
        if (tenant != null) {
            sql.append(" AND tenant_id = ?");
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

    List<SecurityRule> rules(SecurityGroupId group) {
        return jdbc.query(RULES + " WHERE group_id = ? ORDER BY id", (row, _) -> rule(row), group.value());
    }

    /** False when the group has such a rule. */
    boolean insert(TenantId tenant, SecurityGroupId group, SecurityRule rule) {
        SecurityGroupId remote = rule.remoteGroup();
        return jdbc.update(
                        """
                        INSERT INTO security_rule (id, tenant_id, group_id, direction, family, protocol, port_min, port_max,
                            remote_cidr, remote_group_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::cidr, ?) ON CONFLICT DO NOTHING
                        """,
                        rule.id(),
                        tenant.value(),
                        group.value(),
                        rule.direction().name(),
                        rule.family().name(),
                        rule.protocol().name(),
                        rule.portMin(),
                        rule.portMax(),
                        rule.remote() == null ? null : rule.remote().toString(),
                        remote == null ? null : remote.value())
                > 0;
    }

    boolean deleteRule(SecurityGroupId group, UUID rule) {
        return jdbc.update("DELETE FROM security_rule WHERE group_id = ? AND id = ?", group.value(), rule) > 0;
    }

    /** What keeps it from being removed, in words. */
    Optional<String> user(SecurityGroupId id) {
        return jdbc.queryForList("""
                (SELECT 'the card ' || nic_id FROM nic_security_group WHERE group_id = ? LIMIT 1)
                UNION ALL
                (SELECT 'a rule of the group ' || g.name || ' (' || g.id || ')' FROM security_rule r
                    JOIN security_group g ON g.id = r.group_id WHERE r.remote_group_id = ? AND r.group_id <> ? LIMIT 1)
                """, String.class, id.value(), id.value(), id.value()).stream()
                .findFirst();
    }

    void delete(SecurityGroupId id) {
        jdbc.update("DELETE FROM security_group WHERE id = ?", id.value());
    }

    private static SecurityGroupView view(ResultSet row, List<SecurityRule> rules) throws SQLException {
        return new SecurityGroupView(
                new SecurityGroupId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getString("name"),
                row.getString("description"),
                row.getBoolean("is_default"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                rules);
    }

    static SecurityRule rule(ResultSet row) throws SQLException {
        String remote = row.getString("remote_cidr");
        UUID group = row.getObject("remote_group_id", UUID.class);
        return new SecurityRule(
                row.getObject("id", UUID.class),
                SecurityRule.Direction.valueOf(row.getString("direction")),
                SecurityRule.Family.valueOf(row.getString("family")),
                SecurityRule.Protocol.valueOf(row.getString("protocol")),
                row.getObject("port_min", Integer.class),
                row.getObject("port_max", Integer.class),
                remote == null ? null : Cidr.parse(remote),
                group == null ? null : new SecurityGroupId(group));
    }
}
