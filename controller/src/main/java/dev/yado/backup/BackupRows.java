package dev.yado.backup;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAnswer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code backup}. */
@Component
class BackupRows {
    private final JdbcTemplate jdbc;

    BackupRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    List<Backup> find(String condition, @Nullable Object... arguments) {
        return jdbc.query("SELECT * FROM backup WHERE " + condition, (row, _) -> read(row), arguments);
    }

    Optional<Backup> get(BackupId id) {
        return find("id = ?", id.value()).stream().findFirst();
    }

    /** Until the end of the transaction nobody else changes it. */
    Optional<Backup> lock(BackupId id) {
        return find("id = ? FOR UPDATE", id.value()).stream().findFirst();
    }

    /** The newest first. @param tenant null for all; @param vm null for all */
    List<Backup> page(@Nullable TenantId tenant, @Nullable VmId vm, @Nullable UUID before, int limit) {
        StringBuilder condition = new StringBuilder("true");
        List<Object> arguments = new ArrayList<>();
        if (tenant != null) {
            condition.append(" AND tenant_id = ?");
            arguments.add(tenant.value());
        }
        if (vm != null) {
            condition.append(" AND vm_id = ?");
            arguments.add(vm.value());
        }
        if (before != null) {
            condition.append(" AND id < ?");
            arguments.add(before);
        }
        arguments.add(limit);
        return find(condition + " ORDER BY id DESC LIMIT ?", arguments.toArray());
    }

    void insert(Backup made) {
        jdbc.update(
                """
                INSERT INTO backup (id, tenant_id, vm_id, vm_name, operation_id, repository, marker, state, job_id, vm, freeze_ms,
                    bandwidth_mibs, schedule_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, 'TAKING', ?, ?::jsonb, ?, ?, ?)
                """,
                made.id().value(),
                made.tenant().value(),
                made.vm().value(),
                made.vmName(),
                made.operation().value(),
                made.repository(),
                made.marker(),
                made.job().value(),
                json(made.content()),
                made.freezeMillis(),
                made.bandwidthMiBs(),
                made.schedule() == null ? null : made.schedule().value());
    }

    /** What is to be done by whom from now on; the answer is that of another attempt. */
    void attempt(Backup backup, BackupId job, HostId host, @Nullable BackupId previous, BackedUp content) {
        jdbc.update(
                """
                UPDATE backup SET job_id = ?, host_id = ?, previous_job = ?, vm = ?::jsonb, answer = NULL, attempts = attempts + 1
                WHERE id = ?
                """,
                job.value(),
                host.value(),
                previous == null ? null : previous.value(),
                json(content),
                backup.id().value());
    }

    void said(BackupId id, BackupAnswer answer) {
        jdbc.update("UPDATE backup SET answer = ?::jsonb WHERE id = ?", json(answer), id.value());
    }

    void available(BackupId id, BackupAnswer answer, BackupAnswer.Point point) {
        jdbc.update(
                """
                UPDATE backup SET state = 'AVAILABLE', reason = NULL, answer = ?::jsonb, taken_at = ?, consistency = ?,
                    verified_at = clock_timestamp(), ended_at = clock_timestamp() WHERE id = ?
                """,
                json(answer),
                Timestamp.from(point.takenAt()),
                point.consistency().name(),
                id.value());
    }

    /** A guest that was booted from it has given a sign of life, this long after it was asked for. */
    void proven(BackupId id, double seconds) {
        jdbc.update(
                "UPDATE backup SET proven_at = clock_timestamp(), restore_seconds = ? WHERE id = ?",
                seconds,
                id.value());
    }

    void fail(BackupId id, String reason) {
        jdbc.update(
                "UPDATE backup SET state = 'FAILED', reason = ?, ended_at = clock_timestamp() WHERE id = ? AND state = 'TAKING'",
                reason,
                id.value());
    }

    void state(BackupId id, Backup.State state, OperationId operation) {
        jdbc.update(
                "UPDATE backup SET state = ?, operation_id = ? WHERE id = ?",
                state.name(),
                operation.value(),
                id.value());
    }

    /** Those that came to nothing long ago. */
    int pruneFailed(Duration after) {
        return jdbc.update(
                "DELETE FROM backup WHERE state = 'FAILED' AND ended_at < now() - ? * interval '1 second'",
                after.toSeconds());
    }

    void delete(BackupId id) {
        jdbc.update("DELETE FROM backup WHERE id = ?", id.value());
    }

    private static String json(Object value) {
        return ProtocolJson.mapper().writeValueAsString(value);
    }

    private static Backup read(ResultSet row) throws SQLException {
        UUID host = row.getObject("host_id", UUID.class);
        UUID previous = row.getObject("previous_job", UUID.class);
        UUID schedule = row.getObject("schedule_id", UUID.class);
        String answer = row.getString("answer");
        return new Backup(
                new BackupId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                row.getString("vm_name"),
                new OperationId(row.getObject("operation_id", UUID.class)),
                row.getString("repository"),
                row.getObject("marker", UUID.class),
                Backup.State.valueOf(row.getString("state")),
                row.getString("reason"),
                new BackupId(row.getObject("job_id", UUID.class)),
                row.getInt("attempts"),
                host == null ? null : new HostId(host),
                previous == null ? null : new BackupId(previous),
                ProtocolJson.mapper().readValue(row.getString("vm"), BackedUp.class),
                row.getInt("freeze_ms"),
                row.getObject("bandwidth_mibs", Integer.class),
                answer == null ? null : ProtocolJson.mapper().readValue(answer, BackupAnswer.class),
                instant(row.getObject("verified_at", OffsetDateTime.class)),
                instant(row.getObject("proven_at", OffsetDateTime.class)),
                row.getObject("restore_seconds", Double.class),
                schedule == null ? null : new ScheduleId(schedule),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row.getObject("ended_at", OffsetDateTime.class)));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
