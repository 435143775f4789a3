package dev.yado.maintenance;

import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MigrationGoal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code rollout} and {@code rollout_host}. */
@Component
class RolloutRows {
    private final JdbcTemplate jdbc;

    RolloutRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** A drain as it is stored. */
    record Stored(
            long deadlineSeconds,
            Drain.WhenBlocked whenBlocked,
            boolean moveStopped,
            List<UUID> stop,
            List<UUID> leave,
            MigrationGoal goal) {
        static Stored of(Drain drain) {
            List<UUID> stop = new ArrayList<>();
            List<UUID> leave = new ArrayList<>();
            drain.decisions().forEach((vm, decision) -> {
                switch (decision) {
                    case STOP -> stop.add(vm.value());
                    case LEAVE -> leave.add(vm.value());
                }
            });
            return new Stored(
                    drain.deadline().toSeconds(), drain.whenBlocked(), drain.moveStopped(), stop, leave, drain.goal());
        }

        Drain drain() {
            Map<VmId, Drain.Decision> decisions = new HashMap<>();
            stop.forEach(vm -> decisions.put(new VmId(vm), Drain.Decision.STOP));
            leave.forEach(vm -> decisions.put(new VmId(vm), Drain.Decision.LEAVE));
            return new Drain(Duration.ofSeconds(deadlineSeconds), whenBlocked, moveStopped, decisions, goal);
        }
    }

    void insert(UUID id, OperationId operation, @Nullable String version, Drain drain, List<HostId> hosts) {
        jdbc.update(
                "INSERT INTO rollout (id, operation_id, version, drain) VALUES (?, ?, ?, ?::jsonb)",
                id,
                operation.value(),
                version,
                ProtocolJson.mapper().writeValueAsString(Stored.of(drain)));
        int ordinal = 0;
        for (HostId host : hosts) {
            jdbc.update("""
                    INSERT INTO rollout_host (rollout_id, host_id, ordinal, state, agent_version, incarnation)
                    SELECT ?, id, ?, 'WAITING', agent_version, incarnation FROM host WHERE id = ?
                    """, id, ordinal++, host.value());
        }
    }

    Optional<Rollout> find(UUID id) {
        return jdbc.query("SELECT * FROM rollout WHERE id = ?", (row, _) -> read(row), id).stream()
                .findFirst();
    }

    /** Until the end of the transaction nobody else takes a turn. */
    Optional<Rollout> lock(UUID id) {
        jdbc.queryForList("SELECT 1 FROM rollout WHERE id = ? FOR UPDATE", Integer.class, id);
        return find(id);
    }

    private Rollout read(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new Rollout(
                id,
                new OperationId(row.getObject("operation_id", UUID.class)),
                row.getString("version"),
                ProtocolJson.mapper()
                        .readValue(row.getString("drain"), Stored.class)
                        .drain(),
                hosts(id));
    }

    private List<Rollout.Host> hosts(UUID id) {
        return jdbc.query("""
                SELECT r.*, h.name, h.agent_version AS version_now, h.incarnation AS incarnation_now, h.lease_until > now() AS alive
                FROM rollout_host r JOIN host h ON h.id = r.host_id WHERE r.rollout_id = ? ORDER BY r.ordinal
                """, (row, _) -> host(row), id);
    }

    private static Rollout.Host host(ResultSet row) throws SQLException {
        return new Rollout.Host(
                new HostId(row.getObject("host_id", UUID.class)),
                row.getString("name"),
                Rollout.State.valueOf(row.getString("state")),
                row.getString("agent_version"),
                row.getString("version_now"),
                row.getLong("incarnation_now") != row.getLong("incarnation"),
                row.getBoolean("alive"));
    }

    void set(UUID id, HostId host, Rollout.State state) {
        jdbc.update(
                "UPDATE rollout_host SET state = ? WHERE rollout_id = ? AND host_id = ?",
                state.name(),
                id,
                host.value());
    }

    /** From what it is to come back as another. */
    void remember(UUID id, HostId host) {
        jdbc.update("""
                UPDATE rollout_host r SET agent_version = h.agent_version, incarnation = h.incarnation FROM host h
                WHERE h.id = r.host_id AND r.rollout_id = ? AND r.host_id = ?
                """, id, host.value());
    }

    /** All that are up and in service, by name. */
    List<HostId> hostsInService() {
        return jdbc.query("""
                SELECT id FROM host h WHERE lease_until > now() AND NOT EXISTS (SELECT FROM maintenance m WHERE m.host_id = h.id)
                ORDER BY name
                """, (row, _) -> new HostId(row.getObject("id", UUID.class)));
    }

    List<HostId> unknown(List<HostId> hosts) {
        return hosts.stream()
                .filter(host -> jdbc.queryForList("SELECT 1 FROM host WHERE id = ?", Integer.class, host.value())
                        .isEmpty())
                .toList();
    }
}
