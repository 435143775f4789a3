package dev.yado.recovery;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.storage.repository.Manifest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;

/**
 * What rows of a backup have to say before a controller works on them. Hosts went on meanwhile, so nothing that is in them is taken for
 * the present: no VM is touched before a host has said what it holds, no operation goes on where it was, and what hosts are told has
 * numbers above any that they were told before.
 */
final class Aftermath {
    /** More changes than this are not made between a backup and the loss of the controller. */
    private static final long LEAP = 1_000_000;

    private static final List<String> STATEMENTS = List.of(
            """
            UPDATE vm SET restored_generation = generation, restored_nowhere = false,
                restored_reason = 'no host was heard of since the controller was restored'
            """,
            """
            UPDATE operation SET status = 'FAILED', undoing = false, ended_at = now(), lease_owner = NULL, wait_reason = NULL,
                wait_topic = NULL, waiting_since = NULL, error_code = '%s',
                error_detail = 'the controller was restored from a backup that was made while this was under way'
            WHERE ended_at IS NULL
            """.formatted(ErrorCode.CONTROLLER_RESTORED),
            "UPDATE network SET generation = generation + " + LEAP,
            "UPDATE router SET generation = generation + " + LEAP,
            "SELECT sync_later(array_agg(id), 'NETWORK') FROM network",
            "SELECT sync_later(array_agg(id), 'ROUTER') FROM router",
            "UPDATE host SET lease_until = least(lease_until, now())",
            "UPDATE alert SET ended_at = now() WHERE ended_at IS NULL");

    private Aftermath() {}

    /** In the transaction that loads the rows. */
    static void of(Connection database, BackupId backup, Instant takenAt) throws SQLException {
        for (String sql : STATEMENTS) {
            try (PreparedStatement statement = database.prepareStatement(sql)) {
                statement.execute();
            }
        }
        try (PreparedStatement statement =
                database.prepareStatement("INSERT INTO controller_restore (backup_id, taken_at) VALUES (?, ?)")) {
            statement.setObject(1, backup.value());
            statement.setTimestamp(2, Timestamp.from(takenAt));
            statement.execute();
        }
    }

    /** Its own row says, as it was written, that it is being taken. */
    static void isWhole(Connection database, Manifest backup) throws SQLException {
        try (PreparedStatement statement = database.prepareStatement("""
                UPDATE controller_backup SET state = 'AVAILABLE', taken_at = ?, ended_at = now(), key_name = ?, read_bytes = ?,
                    stored_bytes = ? WHERE id = ?
                """)) {
            statement.setTimestamp(1, Timestamp.from(backup.takenAt()));
            statement.setString(2, backup.key());
            statement.setLong(3, backup.figures().readBytes());
            statement.setLong(4, backup.figures().storedBytes());
            statement.setObject(5, backup.id().value());
            statement.execute();
        }
    }
}
