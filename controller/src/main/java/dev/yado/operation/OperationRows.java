package dev.yado.operation;

import dev.yado.operation.Claim.Entered;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * The runner's SQL. Every write is fenced by the epoch: empty means that the lease was lost and nothing was written. All times are
 * the database's.
 */
@Component
class OperationRows {
    private static final String FENCE = " WHERE id = ? AND epoch = ? AND ended_at IS NULL ";
    private static final String ENTERED = """
             RETURNING step_started_at, wakes, step_deadline_at = deadline_at AS whole_deadline,
                       extract(epoch FROM step_deadline_at - clock_timestamp()) AS time_left
            """;

    private static final String ON_CONFLICT = """
            ON CONFLICT (operation_id, ordinal) DO UPDATE
            SET status = excluded.status, started_at = excluded.started_at, ended_at = excluded.ended_at,
                attempts = excluded.attempts, detail = excluded.detail
            """;
    /** Remembers the step that is done, where the fence in {@code o} held. */
    private static final String DONE_STEP = """
            s AS (
                INSERT INTO operation_step (operation_id, ordinal, name, status, started_at, ended_at, attempts, detail)
                SELECT id, ?, ?, 'SUCCEEDED', ?, clock_timestamp(), ?, ? FROM o
            """ + ON_CONFLICT + ")\n";

    private final JdbcTemplate jdbc;

    OperationRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Takes what is due, oldest first, with a lease. */
    List<Claim> claim(String owner, Duration lease, int limit) {
        return jdbc.query("""
                WITH due AS (
                    SELECT id FROM operation WHERE ended_at IS NULL AND wake_at <= now()
                    ORDER BY wake_at LIMIT ? FOR UPDATE SKIP LOCKED)
                UPDATE operation o
                SET epoch = o.epoch + 1, lease_owner = ?, wake_at = now() + ? * interval '1 second',
                    step_started_at = coalesce(o.step_started_at, now())
                FROM due WHERE o.id = due.id
                RETURNING o.id, kind, definition_version, tenant_id, target_id, input::text, epoch, undoing, step, step_started_at,
                    step_failures, wait_reason, wakes, trace_context, step_deadline_at = deadline_at AS whole_deadline,
                    extract(epoch FROM step_deadline_at - clock_timestamp()) AS time_left
                """, (row, _) -> claimed(row), limit, owner, seconds(lease));
    }

    private static Claim claimed(ResultSet row) throws SQLException {
        UUID tenant = row.getObject("tenant_id", UUID.class);
        return new Claim(
                new OperationId(row.getObject("id", UUID.class)),
                row.getString("kind"),
                row.getInt("definition_version"),
                tenant == null ? null : new TenantId(tenant),
                row.getObject("target_id", UUID.class),
                row.getString("input"),
                row.getLong("epoch"),
                row.getBoolean("undoing"),
                row.getString("step"),
                row.getObject("step_started_at", OffsetDateTime.class).toInstant(),
                row.getInt("step_failures"),
                row.getString("wait_reason"),
                row.getLong("wakes"),
                duration(row.getDouble("time_left")),
                row.getBoolean("whole_deadline"),
                row.getString("trace_context"));
    }

    /** Prolongs the leases; returns those that are still held. */
    List<OperationId> renew(Map<OperationId, Long> epochs, Duration lease) {
        UUID[] ids = epochs.keySet().stream().map(OperationId::value).toArray(UUID[]::new);
        Long[] held = epochs.values().toArray(Long[]::new);
        return jdbc.query("""
                WITH held AS (
                    SELECT o.id FROM operation o JOIN unnest(?::uuid[], ?::bigint[]) AS h (id, epoch) ON o.id = h.id AND o.epoch = h.epoch
                    WHERE ended_at IS NULL ORDER BY o.id FOR UPDATE OF o)
                UPDATE operation o SET wake_at = now() + ? * interval '1 second' FROM held WHERE o.id = held.id RETURNING o.id
                """, (row, _) -> new OperationId(row.getObject("id", UUID.class)), ids, held, seconds(lease));
    }

    /** Gives back at once what a replica of this name held. Safe also while it still lives: the next claim raises the epoch. */
    int release(String owner) {
        return jdbc.update(
                "UPDATE operation SET lease_owner = NULL, wake_at = now() WHERE lease_owner = ? AND ended_at IS NULL",
                owner);
    }

    /** One statement: the way into the next step, and the step that is done. */
    Optional<Entered> advance(Claim claim, int ordinal, @Nullable String detail, String next, Duration nextDeadline) {
        return one(
                """
                WITH o AS (
                    UPDATE operation SET step = ?, step_started_at = clock_timestamp(), step_failures = 0, step_detail = NULL,
                        step_deadline_at = least(clock_timestamp() + ? * interval '1 second', deadline_at),
                        status = 'RUNNING', wait_reason = NULL, wait_topic = NULL
                """
                        + FENCE
                        + " RETURNING id, step_started_at, wakes, step_deadline_at, deadline_at), "
                        + DONE_STEP
                        + """
                        SELECT step_started_at, wakes, step_deadline_at = deadline_at AS whole_deadline,
                            extract(epoch FROM step_deadline_at - clock_timestamp()) AS time_left FROM o
                        """,
                next,
                seconds(nextDeadline),
                claim.id().value(),
                claim.epoch(),
                ordinal,
                claim.step(),
                startedAt(claim),
                claim.failures() + 1,
                detail);
    }

    boolean succeed(Claim claim, int ordinal, @Nullable String detail) {
        return !jdbc.queryForList(
                        """
                        WITH o AS (
                            UPDATE operation SET status = 'SUCCEEDED', ended_at = clock_timestamp(), lease_owner = NULL,
                                wait_reason = NULL, wait_topic = NULL, step_detail = NULL
                        """ + FENCE + " RETURNING id), " + DONE_STEP + "SELECT 1 FROM o",
                        Integer.class,
                        claim.id().value(),
                        claim.epoch(),
                        ordinal,
                        claim.step(),
                        startedAt(claim),
                        claim.failures() + 1,
                        detail)
                .isEmpty();
    }

    /** @return whether it is due at once, because it was woken while the step ran; empty when the lease was lost */
    Optional<Boolean> await(Claim claim, Duration delay, String reason, @Nullable String topic, int failures) {
        return jdbc
                .query(
                        """
                        UPDATE operation SET status = 'WAITING', lease_owner = NULL, wait_reason = ?, wait_topic = ?,
                            step_failures = ?, step_detail = CASE WHEN ? > 0 THEN ? END,
                            wake_at = CASE WHEN wakes <> ? THEN now()
                                      ELSE least(clock_timestamp() + ? * interval '1 second', step_deadline_at) END
                        """ + FENCE + "RETURNING wake_at <= clock_timestamp() AS due",
                        (row, _) -> row.getBoolean("due"),
                        reason,
                        topic,
                        failures,
                        failures,
                        reason,
                        claim.wakes(),
                        seconds(delay),
                        claim.id().value(),
                        claim.epoch())
                .stream()
                .findFirst();
    }

    /** Ends it with an error. */
    boolean end(Claim claim, OperationStatus status, ErrorCode code, String detail) {
        return jdbc.update(
                        """
                        UPDATE operation SET status = ?, ended_at = clock_timestamp(), lease_owner = NULL, undoing = false,
                            wait_reason = NULL, wait_topic = NULL, error_code = coalesce(error_code, ?),
                            error_detail = coalesce(error_detail, ?)
                        """ + FENCE,
                        status.name(),
                        code.name(),
                        detail,
                        claim.id().value(),
                        claim.epoch())
                == 1;
    }

    /** Goes to the undo of a step; the first time with the error that made it necessary. */
    Optional<Entered> undo(
            Claim claim, String step, Duration deadline, @Nullable ErrorCode code, @Nullable String detail) {
        return one(
                """
                UPDATE operation SET undoing = true, step = ?, step_started_at = clock_timestamp(), step_failures = 0,
                    step_detail = NULL, step_deadline_at = clock_timestamp() + ? * interval '1 second', status = 'RUNNING',
                    wait_reason = NULL, wait_topic = NULL,
                    error_code = coalesce(error_code, ?), error_detail = coalesce(error_detail, ?)
                """ + FENCE + ENTERED,
                step,
                seconds(deadline),
                code == null ? null : code.name(),
                detail,
                claim.id().value(),
                claim.epoch());
    }

    void remember(Claim claim, int ordinal, StepStatus status, @Nullable String detail) {
        jdbc.update(
                """
                INSERT INTO operation_step (operation_id, ordinal, name, status, started_at, ended_at, attempts, detail)
                VALUES (?, ?, ?, ?, ?, clock_timestamp(), ?, ?)
                """ + ON_CONFLICT,
                claim.id().value(),
                ordinal,
                claim.step(),
                status.name(),
                startedAt(claim),
                claim.failures() + 1,
                detail);
    }

    void markUndone(Claim claim, int ordinal, StepStatus status, @Nullable String detail) {
        jdbc.update(
                "UPDATE operation_step SET status = ?, detail = coalesce(?, detail) WHERE operation_id = ? AND ordinal = ?",
                status.name(),
                detail,
                claim.id().value(),
                ordinal);
    }

    /** Names of the steps that were done, newest first. */
    List<String> done(OperationId id) {
        return jdbc.queryForList(
                "SELECT name FROM operation_step WHERE operation_id = ? AND status = 'SUCCEEDED' ORDER BY ended_at DESC, ordinal DESC",
                String.class,
                id.value());
    }

    void explain(OperationId id, String verdictsJson) {
        jdbc.update(
                "UPDATE operation SET placement = ?::jsonb WHERE id = ? AND placement IS DISTINCT FROM ?::jsonb",
                verdictsJson,
                id.value(),
                verdictsJson);
    }

    /** @return how many may go on at once */
    int wake(Collection<UUID> targets) {
        return wakeWhere("target_id = ANY (?::uuid[])", (Object) targets.toArray(UUID[]::new));
    }

    int wakeTopic(String topic) {
        return wakeWhere("wait_topic = ?", topic);
    }

    private int wakeWhere(String condition, Object argument) {
        return jdbc.update("""
                WITH woken AS (
                    SELECT id FROM operation WHERE ended_at IS NULL AND %s ORDER BY id FOR UPDATE)
                UPDATE operation o SET wakes = wakes + 1, wake_at = CASE WHEN lease_owner IS NULL THEN now() ELSE wake_at END
                FROM woken WHERE o.id = woken.id
                """.formatted(condition), argument);
    }

    private Optional<Entered> one(String sql, @Nullable Object... arguments) {
        return jdbc
                .query(
                        sql,
                        (row, _) -> new Entered(
                                row.getObject("step_started_at", OffsetDateTime.class)
                                        .toInstant(),
                                row.getLong("wakes"),
                                duration(row.getDouble("time_left")),
                                row.getBoolean("whole_deadline")),
                        arguments)
                .stream()
                .findFirst();
    }

    private static OffsetDateTime startedAt(Claim claim) {
        return claim.stepStartedAt().atOffset(ZoneOffset.UTC);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    private static Duration duration(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
