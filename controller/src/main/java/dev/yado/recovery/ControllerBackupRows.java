package dev.yado.recovery;

import dev.yado.api.PageRequest;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.UuidV7;
import dev.yado.storage.repository.Manifest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code controller_backup}. */
@Component
class ControllerBackupRows {
    private final JdbcTemplate jdbc;

    ControllerBackupRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Of several that ask at once, all have the same. */
    ControllerBackup ask() {
        jdbc.update("""
                INSERT INTO controller_backup (id, state) VALUES (?, 'ASKED')
                ON CONFLICT ((true)) WHERE state IN ('ASKED', 'TAKING') DO NOTHING
                """, UuidV7.next());
        return open().orElseGet(this::ask);
    }

    Optional<ControllerBackup> open() {
        return first("WHERE state IN ('ASKED', 'TAKING')");
    }

    Optional<ControllerBackup> find(UUID id) {
        return first("WHERE id = ?", id);
    }

    Optional<ControllerBackup> newestWhole() {
        return first("WHERE state = 'AVAILABLE' ORDER BY id DESC LIMIT 1");
    }

    Optional<ControllerBackup> newest() {
        return first("ORDER BY id DESC LIMIT 1");
    }

    List<ControllerBackup> page(PageRequest request) {
        return request.after() == null
                ? all("ORDER BY id DESC LIMIT ?", request.rowsToRead())
                : all("WHERE id < ? ORDER BY id DESC LIMIT ?", request.after(), request.rowsToRead());
    }

    /** Of whoever died while taking it. */
    void endAbandoned() {
        jdbc.update("""
                UPDATE controller_backup SET state = 'FAILED', reason = 'the controller that took it has ended', ended_at = now()
                WHERE state = 'TAKING'
                """);
    }

    void begins(BackupId id) {
        jdbc.update("UPDATE controller_backup SET state = 'TAKING' WHERE id = ? AND state = 'ASKED'", id.value());
    }

    void taken(Manifest made) {
        jdbc.update(
                """
                UPDATE controller_backup SET state = 'AVAILABLE', taken_at = ?, ended_at = now(), key_name = ?, read_bytes = ?,
                    stored_bytes = ? WHERE id = ?
                """,
                Timestamp.from(made.takenAt()),
                made.key(),
                made.figures().readBytes(),
                made.figures().storedBytes(),
                made.id().value());
    }

    void failed(BackupId id, String reason) {
        jdbc.update(
                "UPDATE controller_backup SET state = 'FAILED', reason = ?, ended_at = now() WHERE id = ?",
                reason,
                id.value());
    }

    /** Whole ones beyond the newest of this number. */
    List<ControllerBackup> surplus(int keep) {
        return all("WHERE state = 'AVAILABLE' ORDER BY id DESC OFFSET ?", keep);
    }

    void remove(BackupId id) {
        jdbc.update("DELETE FROM controller_backup WHERE id = ?", id.value());
    }

    void pruneFailed(int keep) {
        jdbc.update("""
                DELETE FROM controller_backup WHERE state = 'FAILED'
                    AND id < (SELECT id FROM controller_backup WHERE state = 'FAILED' ORDER BY id DESC OFFSET ? LIMIT 1)
                """, keep);
    }

    /** Of the cloud, by the clock of the database. */
    Duration age() {
        return since("SELECT extract(epoch FROM now() - created_at) FROM certificate_authority");
    }

    Duration sinceWhole() {
        return since(
                "SELECT extract(epoch FROM now() - taken_at) FROM controller_backup WHERE state = 'AVAILABLE' ORDER BY id DESC LIMIT 1");
    }

    Duration sinceAttempt() {
        return since("SELECT extract(epoch FROM now() - ended_at) FROM controller_backup ORDER BY id DESC LIMIT 1");
    }

    /** For ever where there is none. */
    private Duration since(String sql) {
        return jdbc.queryForList(sql, Double.class).stream()
                .filter(Objects::nonNull)
                .findFirst()
                .map(seconds -> Duration.ofMillis((long) (seconds * 1000)))
                .orElse(Duration.ofSeconds(Long.MAX_VALUE));
    }

    private Optional<ControllerBackup> first(String where, Object... arguments) {
        return all(where, arguments).stream().findFirst();
    }

    private List<ControllerBackup> all(String where, Object... arguments) {
        return jdbc.query("SELECT * FROM controller_backup " + where, (row, _) -> read(row), arguments);
    }

    private static ControllerBackup read(ResultSet row) throws SQLException {
        return new ControllerBackup(
                new BackupId(row.getObject("id", UUID.class)),
                ControllerBackup.State.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getObject("asked_at", OffsetDateTime.class).toInstant(),
                instant(row, "taken_at"),
                instant(row, "ended_at"),
                row.getString("key_name"),
                row.getObject("read_bytes", Long.class),
                row.getObject("stored_bytes", Long.class));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }
}
