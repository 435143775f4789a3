package dev.yado.hook;

import dev.yado.api.PageRequest;
import dev.yado.backup.ScheduleId;
import dev.yado.protocol.BackupId;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code backup_hook} and {@code backup_hook_call}. */
@Component
class HookRows {
    private final JdbcTemplate jdbc;

    HookRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** A call that this replica is to make now. */
    record Due(UUID id, ScheduleId schedule, URI url, byte[] sealedSecret, String body, int attempt, Duration age) {}

    void put(ScheduleId schedule, URI url, byte[] sealedSecret) {
        jdbc.update("""
                INSERT INTO backup_hook (schedule_id, url, sealed_secret) VALUES (?, ?, ?)
                ON CONFLICT (schedule_id) DO UPDATE SET url = excluded.url, sealed_secret = excluded.sealed_secret, changed_at = now()
                """, schedule.value(), url.toString(), sealedSecret);
    }

    boolean delete(ScheduleId schedule) {
        return jdbc.update("DELETE FROM backup_hook WHERE schedule_id = ?", schedule.value()) > 0;
    }

    Optional<Hook> find(ScheduleId schedule) {
        return jdbc
                .query(
                        "SELECT url, changed_at FROM backup_hook WHERE schedule_id = ?",
                        (row, _) -> new Hook(schedule, URI.create(row.getString("url")), instant(row, "changed_at")),
                        schedule.value())
                .stream()
                .findFirst();
    }

    /** Newest first. */
    List<Hook.Call> calls(ScheduleId schedule, PageRequest request) {
        return jdbc.query(
                """
                SELECT * FROM backup_hook_call WHERE schedule_id = ? AND (?::uuid IS NULL
                    OR (created_at, id) < (SELECT created_at, id FROM backup_hook_call WHERE id = ?::uuid))
                ORDER BY created_at DESC, id DESC LIMIT ?
                """, (row, _) -> call(row), schedule.value(), request.after(), request.after(), request.rowsToRead());
    }

    private static Hook.Call call(ResultSet row) throws SQLException {
        OffsetDateTime ended = row.getObject("ended_at", OffsetDateTime.class);
        return new Hook.Call(
                row.getObject("id", UUID.class),
                new BackupId(row.getObject("backup_id", UUID.class)),
                Hook.CallState.valueOf(row.getString("state")),
                row.getInt("attempts"),
                row.getString("trouble"),
                instant(row, "due_at"),
                instant(row, "created_at"),
                ended == null ? null : ended.toInstant());
    }

    /** Takes what is due: others take it up when it was not heard of again after {@code lease}. */
    List<Due> take(int most, Duration lease) {
        return jdbc.query(
                """
                WITH due AS MATERIALIZED (
                    SELECT id FROM backup_hook_call WHERE state = 'DUE' AND due_at <= now() ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED)
                UPDATE backup_hook_call c SET attempts = attempts + 1, due_at = now() + ? * interval '1 millisecond'
                FROM due, backup_hook h WHERE c.id = due.id AND h.schedule_id = c.schedule_id
                RETURNING c.id, c.schedule_id, h.url, h.sealed_secret, c.body, c.attempts, extract(epoch FROM now() - c.created_at) AS age
                """,
                (row, _) -> new Due(
                        row.getObject("id", UUID.class),
                        new ScheduleId(row.getObject("schedule_id", UUID.class)),
                        URI.create(row.getString("url")),
                        row.getBytes("sealed_secret"),
                        row.getString("body"),
                        row.getInt("attempts"),
                        Duration.ofMillis((long) (row.getDouble("age") * 1000))),
                most,
                lease.toMillis());
    }

    void delivered(Due call) {
        jdbc.update(
                "UPDATE backup_hook_call SET state = 'DELIVERED', ended_at = now() WHERE id = ? AND state = 'DUE'",
                call.id());
    }

    /** @param pause null: it is not tried again */
    void failed(Due call, String trouble, @Nullable Duration pause) {
        if (pause == null) {
            jdbc.update(
                    "UPDATE backup_hook_call SET state = 'GIVEN_UP', ended_at = now(), trouble = ? WHERE id = ? AND state = 'DUE'",
                    trouble,
                    call.id());
        } else {
            jdbc.update(
                    "UPDATE backup_hook_call SET due_at = now() + ? * interval '1 millisecond', trouble = ? WHERE id = ? AND state = 'DUE'",
                    pause.toMillis(),
                    trouble,
                    call.id());
        }
    }

    int prune(Duration keep) {
        return jdbc.update(
                "DELETE FROM backup_hook_call WHERE ended_at < now() - ? * interval '1 second'", keep.toSeconds());
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
