package dev.yado.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.vm.Labels;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** The SQL of {@code backup_schedule} and {@code backup_turn}. */
@Component
class ScheduleRows {
    /** VMs that a schedule {@code s} means. */
    static final String SELECTED = """
            v.tenant_id = s.tenant_id AND v.desired_state <> 'DELETED'
                AND (s.select_all OR v.id = ANY (s.select_vms) OR s.select_labels <> '{}' AND v.labels @> s.select_labels)
            """;

    private final JdbcTemplate jdbc;

    ScheduleRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** @param handled the last turn that was had, or since when there are any for it */
    record Turn(VmId vm, Instant handled) {}

    List<Schedule> find(String condition, @Nullable Object... arguments) {
        return jdbc.query("SELECT * FROM backup_schedule WHERE " + condition, (row, _) -> read(row), arguments);
    }

    Optional<Schedule> get(ScheduleId id) {
        return find("id = ?", id.value()).stream().findFirst();
    }

    Optional<Schedule> lock(ScheduleId id) {
        return find("id = ? FOR UPDATE", id.value()).stream().findFirst();
    }

    /** False when the name is taken in the tenant. */
    boolean insert(ScheduleId id, TenantId tenant, Schedule.Wanted wanted) {
        return jdbc.update("""
                        INSERT INTO backup_schedule (name, select_all, select_vms, select_labels, cron, time_zone, window_minutes,
                            retention, repository, freeze_ms, bandwidth_mibs, paused, id, tenant_id)
                        VALUES (?, ?, ?, ?::jsonb, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, name) DO NOTHING
                        """, columns(wanted, id.value(), tenant.value())) > 0;
    }

    /** @param anew turns from now on only */
    void update(ScheduleId id, Schedule.Wanted wanted, boolean anew) {
        jdbc.update("""
                UPDATE backup_schedule SET name = ?, select_all = ?, select_vms = ?, select_labels = ?::jsonb, cron = ?, time_zone = ?,
                    window_minutes = ?, retention = ?::jsonb, repository = ?, freeze_ms = ?, bandwidth_mibs = ?, paused = ?,
                    since = CASE WHEN ? THEN now() ELSE since END WHERE id = ?
                """, columns(wanted, anew, id.value()));
    }

    boolean named(TenantId tenant, String name, ScheduleId but) {
        return !find("tenant_id = ? AND name = ? AND id <> ?", tenant.value(), name, but.value())
                .isEmpty();
    }

    private static @Nullable Object[] columns(Schedule.Wanted wanted, Object... more) {
        Selector selector = wanted.selector();
        Retention retention = wanted.retention();
        @Nullable
        Object[] columns = {
            wanted.name(),
            selector instanceof Selector.All,
            selector instanceof Selector.These(var vms)
                    ? vms.stream().map(VmId::value).toArray(UUID[]::new)
                    : new UUID[0],
            Labels.json(selector instanceof Selector.Labelled(var labels) ? labels : new TreeMap<>()),
            wanted.cron(),
            wanted.timeZone(),
            wanted.windowMinutes(),
            retention == null ? null : ProtocolJson.mapper().writeValueAsString(retention),
            wanted.how().repository(),
            wanted.how().freezeMillis(),
            wanted.how().bandwidthMiBs(),
            wanted.paused()
        };
        @Nullable Object[] all = Arrays.copyOf(columns, columns.length + more.length);
        System.arraycopy(more, 0, all, columns.length, more.length);
        return all;
    }

    void delete(ScheduleId id) {
        jdbc.update("DELETE FROM backup_schedule WHERE id = ?", id.value());
    }

    /** Of all VMs that the schedule means. */
    List<Turn> turns(ScheduleId id) {
        return jdbc.query(
                "SELECT v.id, greatest(t.planned_at, s.since, v.created_at) AS handled FROM backup_schedule s JOIN vm v ON "
                        + SELECTED
                        + " LEFT JOIN backup_turn t ON t.schedule_id = s.id AND t.vm_id = v.id WHERE s.id = ? ORDER BY v.id",
                (row, _) -> new Turn(
                        new VmId(row.getObject("id", UUID.class)),
                        row.getObject("handled", OffsetDateTime.class).toInstant()),
                id.value());
    }

    /** Schedules that mean the VM and are not paused. */
    List<Schedule> of(VmId vm) {
        return jdbc.query(
                "SELECT s.* FROM backup_schedule s JOIN vm v ON " + SELECTED + " WHERE v.id = ? AND NOT s.paused",
                (row, _) -> read(row),
                vm.value());
    }

    /** False when somebody else has had it already. */
    boolean begun(ScheduleId id, VmId vm, Instant planned, BackupId backup) {
        return had(id, vm, planned, "BEGUN", backup, null);
    }

    boolean skipped(ScheduleId id, VmId vm, Instant planned, String reason) {
        return had(id, vm, planned, "SKIPPED", null, reason);
    }

    private boolean had(
            ScheduleId id,
            VmId vm,
            Instant planned,
            String outcome,
            @Nullable BackupId backup,
            @Nullable String reason) {
        return jdbc.update(
                        """
                        INSERT INTO backup_turn (schedule_id, vm_id, planned_at, outcome, backup_id, reason) VALUES (?, ?, ?, ?, ?, ?)
                        ON CONFLICT (schedule_id, vm_id) DO UPDATE SET planned_at = excluded.planned_at, outcome = excluded.outcome,
                            backup_id = excluded.backup_id, reason = excluded.reason, at = now()
                            WHERE backup_turn.planned_at < excluded.planned_at
                        """,
                        id.value(),
                        vm.value(),
                        Timestamp.from(planned),
                        outcome,
                        backup == null ? null : backup.value(),
                        reason)
                > 0;
    }

    /** It is tried again; the turn stays to be had. */
    void waits(ScheduleId id, VmId vm, Instant handled, String reason) {
        jdbc.update("""
                INSERT INTO backup_turn (schedule_id, vm_id, planned_at, outcome, reason) VALUES (?, ?, ?, 'WAITING', ?)
                ON CONFLICT (schedule_id, vm_id) DO UPDATE SET outcome = 'WAITING', reason = excluded.reason, at = now()
                    WHERE (backup_turn.outcome, backup_turn.reason) IS DISTINCT FROM ('WAITING', excluded.reason)
                        AND backup_turn.planned_at <= excluded.planned_at
                """, id.value(), vm.value(), Timestamp.from(handled), reason);
    }

    /** What came of the VM's last turn, in words; empty when there was none, or a backup was begun. */
    Optional<String> trouble(ScheduleId id, VmId vm) {
        return jdbc
                .queryForList(
                        "SELECT outcome || ': ' || reason FROM backup_turn WHERE schedule_id = ? AND vm_id = ? AND outcome <> 'BEGUN'",
                        String.class,
                        id.value(),
                        vm.value())
                .stream()
                .findFirst();
    }

    private static Schedule read(ResultSet row) throws SQLException {
        String retention = row.getString("retention");
        return new Schedule(
                new ScheduleId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                new Schedule.Wanted(
                        row.getString("name"),
                        selector(row),
                        row.getString("cron"),
                        row.getString("time_zone"),
                        row.getInt("window_minutes"),
                        retention == null ? null : ProtocolJson.mapper().readValue(retention, Retention.class),
                        new Backups.Asked(
                                row.getString("repository"),
                                row.getInt("freeze_ms"),
                                row.getObject("bandwidth_mibs", Integer.class)),
                        row.getBoolean("paused")),
                row.getObject("since", OffsetDateTime.class).toInstant(),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }

    private static Selector selector(ResultSet row) throws SQLException {
        if (row.getBoolean("select_all")) {
            return new Selector.All();
        }
        Array vms = row.getArray("select_vms");
        UUID[] ids = (UUID[]) vms.getArray();
        return ids.length > 0
                ? new Selector.These(Arrays.stream(ids).map(VmId::new).collect(Collectors.toSet()))
                : new Selector.Labelled(ProtocolJson.mapper()
                        .readValue(row.getString("select_labels"), new TypeReference<TreeMap<String, String>>() {}));
    }
}
