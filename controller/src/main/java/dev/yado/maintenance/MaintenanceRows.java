package dev.yado.maintenance;

import dev.yado.operation.OperationStatus;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MigrationGoal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code maintenance} and {@code maintenance_guest}. */
@Component
class MaintenanceRows {
    /** One whose operation has ended without a word did not finish. */
    private static final String SELECT = """
            SELECT m.*, CASE WHEN m.state = 'DRAINING' AND (o.id IS NULL OR o.ended_at IS NOT NULL) THEN 'INCOMPLETE' ELSE m.state END
                    AS present, extract(epoch FROM m.deadline_at - now()) AS seconds_left
            FROM maintenance m LEFT JOIN operation o ON o.id = m.operation_id WHERE m.host_id = ?
            """;

    private final JdbcTemplate jdbc;

    MaintenanceRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    Optional<Maintenance> find(HostId host) {
        return jdbc.query(SELECT, (row, _) -> read(row), host.value()).stream().findFirst();
    }

    /** Until the end of the transaction nobody else changes it or its guests. */
    Optional<Maintenance> lock(HostId host) {
        return jdbc.query(SELECT + " FOR UPDATE OF m", (row, _) -> read(row), host.value()).stream()
                .findFirst();
    }

    /** Who places a VM there at the same moment has done so before, or finds the host out of service. False: there is no such host. */
    boolean lockHost(HostId host) {
        return !jdbc.queryForList("SELECT 1 FROM host WHERE id = ? FOR NO KEY UPDATE", Integer.class, host.value())
                .isEmpty();
    }

    private static Maintenance read(ResultSet row) throws SQLException {
        return new Maintenance(
                new HostId(row.getObject("host_id", UUID.class)),
                new OperationId(row.getObject("operation_id", UUID.class)),
                Maintenance.State.valueOf(row.getString("present")),
                Drain.WhenBlocked.valueOf(row.getString("when_blocked")),
                row.getBoolean("move_stopped"),
                ProtocolJson.mapper().readValue(row.getString("goal"), MigrationGoal.class),
                row.getObject("began_at", OffsetDateTime.class).toInstant(),
                row.getObject("deadline_at", OffsetDateTime.class).toInstant(),
                Duration.ofMillis((long) (row.getDouble("seconds_left") * 1000)));
    }

    /** Begins it, or begins it anew with what is asked now. What was decided before and is not decided anew is forgotten. */
    void begin(HostId host, OperationId operation, Drain drain) {
        jdbc.update(
                """
                INSERT INTO maintenance (host_id, operation_id, state, when_blocked, move_stopped, goal, deadline_at)
                VALUES (?, ?, 'DRAINING', ?, ?, ?::jsonb, now() + ? * interval '1 second')
                ON CONFLICT (host_id) DO UPDATE SET operation_id = excluded.operation_id, state = excluded.state,
                    when_blocked = excluded.when_blocked, move_stopped = excluded.move_stopped, goal = excluded.goal,
                    deadline_at = excluded.deadline_at
                """,
                host.value(),
                operation.value(),
                drain.whenBlocked().name(),
                drain.moveStopped(),
                ProtocolJson.mapper().writeValueAsString(drain.goal()),
                drain.deadline().toSeconds());
        jdbc.update("DELETE FROM maintenance_guest WHERE host_id = ?", host.value());
        notice(host);
        drain.decisions().forEach((vm, decision) -> decide(host, vm, decision));
    }

    void end(HostId host, Maintenance.State state) {
        jdbc.update("UPDATE maintenance SET state = ? WHERE host_id = ?", state.name(), host.value());
    }

    /** The host is in service. @return whether it was not */
    boolean remove(HostId host) {
        return jdbc.update("DELETE FROM maintenance WHERE host_id = ?", host.value()) > 0;
    }

    /** VMs that are on the host and have no lot yet, the largest first after those that have. */
    void notice(HostId host) {
        jdbc.update("""
                INSERT INTO maintenance_guest (host_id, vm_id, state, ordinal)
                SELECT a.host_id, a.vm_id, 'WAITING',
                    (SELECT coalesce(max(ordinal), 0) FROM maintenance_guest m WHERE m.host_id = a.host_id)
                        + row_number() OVER (ORDER BY a.memory_mib DESC, a.vcpus DESC, a.disk_mib DESC, a.vm_id)
                FROM allocation a WHERE a.host_id = ?
                ON CONFLICT (host_id, vm_id) DO UPDATE SET state = 'WAITING', reason = NULL
                WHERE maintenance_guest.state IN ('MOVED', 'GONE')
                """, host.value());
    }

    /** False: the guest is not on that host. */
    boolean decide(HostId host, VmId vm, Drain.Decision decision) {
        return jdbc.update("""
                UPDATE maintenance_guest SET decision = ?, attempts = 0, not_before = now(),
                    state = CASE WHEN state = 'LEFT' THEN 'WAITING' ELSE state END
                WHERE host_id = ? AND vm_id = ? AND state NOT IN ('MOVED', 'GONE')
                """, decision.name(), host.value(), vm.value()) > 0;
    }

    /** In their order. */
    List<Guest> guests(HostId host) {
        return jdbc.query("""
                SELECT g.*, v.name, v.desired_state, a.host_id AS placed_on, now() >= g.not_before AS due, o.status AS operation_status,
                    EXISTS (SELECT FROM host t WHERE t.id = g.to_host AND t.lease_until <= now()) AS towards_silence,
                    o.cancel_requested_by, o.wait_reason, o.error_code || ': ' || o.error_detail AS error
                FROM maintenance_guest g JOIN vm v ON v.id = g.vm_id LEFT JOIN allocation a ON a.vm_id = g.vm_id
                    LEFT JOIN operation o ON o.id = g.operation_id
                WHERE g.host_id = ? ORDER BY g.ordinal, g.vm_id
                """, (row, _) -> guest(row), host.value());
    }

    private static Guest guest(ResultSet row) throws SQLException {
        String decision = row.getString("decision");
        UUID operation = row.getObject("operation_id", UUID.class);
        String status = row.getString("operation_status");
        return new Guest(
                new VmId(row.getObject("vm_id", UUID.class)),
                row.getString("name"),
                DesiredState.valueOf(row.getString("desired_state")),
                Guest.State.valueOf(row.getString("state")),
                decision == null ? null : Drain.Decision.valueOf(decision),
                host(row, "placed_on"),
                host(row, "to_host"),
                row.getBoolean("towards_silence"),
                row.getInt("attempts"),
                hosts(row, "avoided"),
                row.getBoolean("due"),
                operation == null
                        ? null
                        : new Guest.Carrying(
                                new OperationId(operation),
                                status == null ? null : OperationStatus.valueOf(status),
                                row.getString("cancel_requested_by"),
                                row.getString("wait_reason"),
                                row.getString("error")),
                row.getString("reason"));
    }

    private static @Nullable HostId host(ResultSet row, String column) throws SQLException {
        UUID id = row.getObject(column, UUID.class);
        return id == null ? null : new HostId(id);
    }

    private static Set<HostId> hosts(ResultSet row, String column) throws SQLException {
        return Arrays.stream((UUID[]) row.getArray(column).getArray())
                .map(HostId::new)
                .collect(Collectors.toSet());
    }

    void set(HostId host, VmId vm, Guest.State state, @Nullable String reason) {
        jdbc.update("""
                UPDATE maintenance_guest SET state = ?, reason = ? WHERE host_id = ? AND vm_id = ? AND (state, reason)
                    IS DISTINCT FROM (?, ?)
                """, state.name(), reason, host.value(), vm.value(), state.name(), reason);
    }

    /** As {@link #set}, and it is not looked at again before that time has passed. */
    void later(HostId host, VmId vm, Guest.State state, @Nullable String reason, Duration wait) {
        set(host, vm, state, reason);
        jdbc.update(
                "UPDATE maintenance_guest SET not_before = now() + ? * interval '1 second' WHERE host_id = ? AND vm_id = ?",
                wait.toMillis() / 1e3,
                host.value(),
                vm.value());
    }

    void goesTo(HostId host, VmId vm, HostId to) {
        jdbc.update(
                "UPDATE maintenance_guest SET to_host = ? WHERE host_id = ? AND vm_id = ? AND to_host IS DISTINCT FROM ?",
                to.value(),
                host.value(),
                vm.value(),
                to.value());
    }

    void carriedBy(HostId host, VmId vm, OperationId operation, Guest.State state) {
        jdbc.update("""
                UPDATE maintenance_guest SET operation_id = ?, state = ?, reason = NULL, attempts = attempts + 1
                WHERE host_id = ? AND vm_id = ?
                """, operation.value(), state.name(), host.value(), vm.value());
    }

    /** The move to where it was to go has failed. */
    void failed(HostId host, VmId vm) {
        jdbc.update("""
                UPDATE maintenance_guest SET avoided = CASE WHEN to_host IS NULL OR to_host = ANY (avoided) THEN avoided
                    ELSE avoided || to_host END
                WHERE host_id = ? AND vm_id = ?
                """, host.value(), vm.value());
    }

    /** No further move of it is tried. */
    void exhaust(HostId host, VmId vm, int attempts) {
        jdbc.update(
                "UPDATE maintenance_guest SET attempts = greatest(attempts, ?) WHERE host_id = ? AND vm_id = ?",
                attempts,
                host.value(),
                vm.value());
    }

    /** How many guests move to that host at present, from whatever host that is drained. */
    int movingTo(HostId host) {
        Integer count = jdbc.queryForObject(
                "SELECT count(*) FROM maintenance_guest WHERE state = 'MOVING' AND to_host = ?",
                Integer.class,
                host.value());
        return count == null ? 0 : count;
    }

    /** What moves still hold on the host: VMs that come there, and what is left of those that have gone. */
    int claims(HostId host) {
        Integer count =
                jdbc.queryForObject("SELECT count(*) FROM claim WHERE host_id = ?", Integer.class, host.value());
        return count == null ? 0 : count;
    }
}
