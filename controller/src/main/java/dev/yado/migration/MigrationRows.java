package dev.yado.migration;

import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.protocol.migration.MigrationId;
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

/** The SQL of {@code migration}. */
@Component
class MigrationRows {
    private final JdbcTemplate jdbc;

    MigrationRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    List<Migration> find(String condition, @Nullable Object... arguments) {
        return jdbc.query("SELECT * FROM migration WHERE " + condition, (row, _) -> read(row), arguments);
    }

    Optional<Migration> get(MigrationId id) {
        return find("id = ?", id.value()).stream().findFirst();
    }

    /** Until the end of the transaction nobody else concludes it. The caller holds the lock on the VM. */
    Optional<Migration> lock(MigrationId id) {
        return find("id = ? FOR UPDATE", id.value()).stream().findFirst();
    }

    void insert(Migration made) {
        jdbc.update(
                """
                INSERT INTO migration (id, vm_id, operation_id, from_host, to_host, live, generation, run_epoch, goal, state, forecast)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, (
                    SELECT forecast FROM migration_forecast f WHERE f.vm_id = ? AND f.to_host = ?
                        AND f.made_at > now() - interval '15 minutes'))
                """,
                made.id().value(),
                made.vm().value(),
                made.operation().value(),
                made.from().value(),
                made.to().value(),
                made.live(),
                made.generation(),
                made.runEpoch(),
                ProtocolJson.mapper().writeValueAsString(made.goal()),
                made.state().name(),
                made.vm().value(),
                made.to().value());
        jdbc.update("DELETE FROM migration_forecast WHERE vm_id = ?", made.vm().value());
    }

    void forecast(VmId vm, HostId to, Forecast forecast) {
        jdbc.update("""
                INSERT INTO migration_forecast (vm_id, to_host, forecast) VALUES (?, ?, ?::jsonb)
                ON CONFLICT (vm_id) DO UPDATE SET to_host = excluded.to_host, forecast = excluded.forecast, made_at = now()
                """, vm.value(), to.value(), ProtocolJson.mapper().writeValueAsString(forecast));
    }

    void said(MigrationId id, ArrivalAnswer answer) {
        jdbc.update(
                "UPDATE migration SET arrival = ?::jsonb WHERE id = ?",
                ProtocolJson.mapper().writeValueAsString(answer),
                id.value());
    }

    void said(MigrationId id, DepartureAnswer answer) {
        jdbc.update(
                "UPDATE migration SET departure = ?::jsonb WHERE id = ?",
                ProtocolJson.mapper().writeValueAsString(answer),
                id.value());
    }

    void decide(MigrationId id, boolean arrived, @Nullable String reason) {
        jdbc.update(
                "UPDATE migration SET state = ?, arrived = ?, reason = coalesce(reason, ?) WHERE id = ?",
                (arrived ? Migration.State.ARRIVED : Migration.State.ABORTED).name(),
                arrived,
                reason,
                id.value());
    }

    void end(MigrationId id) {
        jdbc.update("UPDATE migration SET state = 'ENDED', ended_at = clock_timestamp() WHERE id = ?", id.value());
    }

    void because(MigrationId id, String reason) {
        jdbc.update("UPDATE migration SET reason = coalesce(reason, ?) WHERE id = ?", reason, id.value());
    }

    int prune(Duration keep, int atOnce) {
        return jdbc.update("""
                DELETE FROM migration WHERE id = ANY (ARRAY (
                    SELECT id FROM migration WHERE state = 'ENDED' AND ended_at < now() - ? * interval '1 second' LIMIT ?))
                """, keep.toSeconds(), atOnce);
    }

    private static Migration read(ResultSet row) throws SQLException {
        return new Migration(
                new MigrationId(row.getObject("id", UUID.class)),
                new VmId(row.getObject("vm_id", UUID.class)),
                new OperationId(row.getObject("operation_id", UUID.class)),
                new HostId(row.getObject("from_host", UUID.class)),
                new HostId(row.getObject("to_host", UUID.class)),
                row.getBoolean("live"),
                row.getLong("generation"),
                row.getLong("run_epoch"),
                ProtocolJson.mapper().readValue(row.getString("goal"), MigrationGoal.class),
                json(row, "forecast", Forecast.class),
                json(row, "arrival", ArrivalAnswer.class),
                json(row, "departure", DepartureAnswer.class),
                Migration.State.valueOf(row.getString("state")),
                row.getObject("arrived", Boolean.class),
                row.getString("reason"),
                row.getObject("began_at", OffsetDateTime.class).toInstant(),
                instant(row.getObject("ended_at", OffsetDateTime.class)));
    }

    private static <T> @Nullable T json(ResultSet row, String column, Class<T> type) throws SQLException {
        String text = row.getString(column);
        return text == null ? null : ProtocolJson.mapper().readValue(text, type);
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
