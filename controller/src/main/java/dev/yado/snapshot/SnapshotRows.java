package dev.yado.snapshot;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.backup.BackupAnswer.Consistency;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code snapshot}. */
@Component
class SnapshotRows {
    private final JdbcTemplate jdbc;

    SnapshotRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    List<Snapshot> find(String condition, @Nullable Object... arguments) {
        return jdbc.query("SELECT * FROM snapshot WHERE " + condition, (row, _) -> read(row), arguments);
    }

    Optional<Snapshot> get(SnapshotId id) {
        return find("id = ?", id.value()).stream().findFirst();
    }

    /** Until the end of the transaction nobody else changes it. */
    Optional<Snapshot> lock(SnapshotId id) {
        return find("id = ? FOR UPDATE", id.value()).stream().findFirst();
    }

    /** The one that an operation is at. */
    Optional<Snapshot> open(VmId vm) {
        return find("vm_id = ? AND state IN ('TAKING', 'REVERTING', 'DELETING')", vm.value()).stream()
                .findFirst();
    }

    /** The newest first. */
    List<Snapshot> page(VmId vm, @Nullable UUID before, int limit) {
        return before == null
                ? find("vm_id = ? ORDER BY id DESC LIMIT ?", vm.value(), limit)
                : find("vm_id = ? AND id < ? ORDER BY id DESC LIMIT ?", vm.value(), before, limit);
    }

    /** Of a VM, those that are there or may be. */
    int count(VmId vm) {
        Integer found = jdbc.queryForObject(
                "SELECT count(*) FROM snapshot WHERE vm_id = ? AND state <> 'FAILED'", Integer.class, vm.value());
        return found == null ? 0 : found;
    }

    void insert(
            SnapshotId id,
            TenantId tenant,
            VmId vm,
            String name,
            OperationId operation,
            List<DiskId> disks,
            Snapshot.@Nullable Restored restored) {
        jdbc.update(
                """
                INSERT INTO snapshot (id, tenant_id, vm_id, name, operation_id, state, disks, restored)
                VALUES (?, ?, ?, ?, ?, 'TAKING', ?::uuid[], ?::jsonb)
                """,
                id.value(),
                tenant.value(),
                vm.value(),
                name,
                operation.value(),
                disks.stream().map(DiskId::toString).toArray(String[]::new),
                restored == null ? null : ProtocolJson.mapper().writeValueAsString(restored));
    }

    /** Something else is done about it. */
    void begin(SnapshotId id, Snapshot.State state, OperationId operation) {
        jdbc.update(
                "UPDATE snapshot SET state = ?, operation_id = ?, attempts = 0, answer = NULL, reason = NULL WHERE id = ?",
                state.name(),
                operation.value(),
                id.value());
    }

    void said(SnapshotId id, SnapshotAnswer answer) {
        jdbc.update(
                "UPDATE snapshot SET answer = ?::jsonb WHERE id = ?",
                ProtocolJson.mapper().writeValueAsString(answer),
                id.value());
    }

    void again(SnapshotId id) {
        jdbc.update("UPDATE snapshot SET attempts = attempts + 1, answer = NULL WHERE id = ?", id.value());
    }

    void taken(SnapshotId id, SnapshotAnswer answer) {
        jdbc.update(
                """
                UPDATE snapshot SET state = 'AVAILABLE', reason = NULL, taken_at = ?, pause_ms = ?, consistency = ?,
                    consistency_reason = ?
                WHERE id = ?""",
                answer.takenAt() == null ? null : Timestamp.from(answer.takenAt()),
                answer.pauseMs(),
                answer.consistency() == null ? null : answer.consistency().name(),
                answer.why(),
                id.value());
    }

    void state(SnapshotId id, Snapshot.State state, @Nullable String reason) {
        jdbc.update("UPDATE snapshot SET state = ?, reason = ? WHERE id = ?", state.name(), reason, id.value());
    }

    void delete(SnapshotId id) {
        jdbc.update("DELETE FROM snapshot WHERE id = ?", id.value());
    }

    private static Snapshot read(ResultSet row) throws SQLException {
        String answer = row.getString("answer");
        String restored = row.getString("restored");
        String consistency = row.getString("consistency");
        OffsetDateTime taken = row.getObject("taken_at", OffsetDateTime.class);
        UUID[] disks = (UUID[]) row.getArray("disks").getArray();
        return new Snapshot(
                new SnapshotId(row.getObject("id", UUID.class)),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                row.getString("name"),
                new OperationId(row.getObject("operation_id", UUID.class)),
                Snapshot.State.valueOf(row.getString("state")),
                row.getString("reason"),
                row.getInt("attempts"),
                Arrays.stream(disks).map(DiskId::new).toList(),
                taken == null ? null : taken.toInstant(),
                row.getObject("pause_ms", Double.class),
                consistency == null ? null : Consistency.valueOf(consistency),
                row.getString("consistency_reason"),
                answer == null ? null : ProtocolJson.mapper().readValue(answer, SnapshotAnswer.class),
                restored == null ? null : ProtocolJson.mapper().readValue(restored, Snapshot.Restored.class),
                row.getObject("created_at", OffsetDateTime.class).toInstant());
    }
}
