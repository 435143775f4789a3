package dev.yado.operation;

import dev.yado.operation.Claim.Entered;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * What the holder of a claim commits. Every write is fenced by the epoch, and by whether the holder knows of a cancel: empty means
 * that the lease was lost, or a cancel was asked for meanwhile, and nothing was written. All times are the database's.
 */
@Component
class OperationRows {
    private static final String FENCE =
            " WHERE id = ? AND epoch = ? AND ended_at IS NULL AND (cancel_requested_at IS NOT NULL) = ? ";
    private static final String ENTERED = """
             RETURNING step_started_at, wakes, step_deadline_at = deadline_at AS whole_deadline,
                       extract(epoch FROM step_deadline_at - clock_timestamp()) AS time_left
            """;

    private static final String ON_CONFLICT = """
            ON CONFLICT (operation_id, ordinal) DO UPDATE
            SET status = excluded.status, started_at = excluded.started_at, ended_at = excluded.ended_at,
                attempts = excluded.attempts, detail = excluded.detail, inputs = excluded.inputs, outputs = excluded.outputs
            """;
    /**
     * Where the step stands among those of its operation: as it stood before, else behind them. The name decides, not the flow's
     * enum, so that an operation goes on well under a flow that has got a step in its middle since the operation was begun.
     */
    private static final String PLACE_OF_STEP = """
            (SELECT coalesce(min(p.ordinal) FILTER (WHERE p.name = ?), max(p.ordinal) + 1, 0) FROM operation_step p
             WHERE p.operation_id = %s)""";

    /** Remembers the step that is done, where the fence in {@code o} held. */
    private static final String DONE_STEP = """
            s AS (
                INSERT INTO operation_step (operation_id, ordinal, name, status, started_at, ended_at, attempts, detail, inputs, outputs)
                SELECT id, """ + PLACE_OF_STEP.formatted("o.id") + """
                , ?, 'SUCCEEDED', ?, clock_timestamp(), ?, ?, ?::jsonb, ?::jsonb FROM o
            """ + ON_CONFLICT + ")\n";

    private final JdbcTemplate jdbc;

    OperationRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** One statement: the way into the next step, and the step that is done. */
    Optional<Entered> advance(Claim claim, Run run, @Nullable String detail, String next, Duration nextDeadline) {
        return one(
                """
                WITH o AS (
                    UPDATE operation SET step = ?, step_started_at = clock_timestamp(), step_failures = 0, step_detail = NULL,
                        step_deadline_at = least(clock_timestamp() + ? * interval '1 second', deadline_at),
                        status = 'RUNNING', wait_reason = NULL, wait_topic = NULL, waiting_since = NULL,
                        step_inputs = NULL, step_outputs = NULL
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
                claim.cancelled(),
                claim.step(),
                claim.step(),
                startedAt(claim),
                claim.failures() + 1,
                detail,
                run.inputsJson(),
                run.outputsJson());
    }

    boolean succeed(Claim claim, Run run, @Nullable String detail) {
        return !jdbc.queryForList(
                        """
                        WITH o AS (
                            UPDATE operation SET status = 'SUCCEEDED', ended_at = clock_timestamp(), lease_owner = NULL,
                                wait_reason = NULL, wait_topic = NULL, waiting_since = NULL, step_detail = NULL
                        """ + FENCE + " RETURNING id), " + DONE_STEP + "SELECT 1 FROM o",
                        Integer.class,
                        claim.id().value(),
                        claim.epoch(),
                        claim.cancelled(),
                        claim.step(),
                        claim.step(),
                        startedAt(claim),
                        claim.failures() + 1,
                        detail,
                        run.inputsJson(),
                        run.outputsJson())
                .isEmpty();
    }

    /** @return whether it is due at once, because it was woken while the step ran; empty when the lease was lost */
    Optional<Boolean> await(Claim claim, Run run, Duration delay, String reason, @Nullable String topic, int failures) {
        return jdbc
                .query(
                        """
                        UPDATE operation SET status = 'WAITING', lease_owner = NULL, wait_reason = ?, wait_topic = ?,
                            waiting_since = coalesce(waiting_since, clock_timestamp()), step_failures = ?,
                            step_detail = CASE WHEN ? > 0 THEN ? END, step_inputs = coalesce(?::jsonb, step_inputs),
                            step_outputs = coalesce(?::jsonb, step_outputs),
                            wake_at = CASE WHEN wakes <> ? THEN now()
                                      ELSE least(clock_timestamp() + ? * interval '1 second', step_deadline_at) END
                        """ + FENCE + "RETURNING wake_at <= clock_timestamp() AS due",
                        (row, _) -> row.getBoolean("due"),
                        reason,
                        topic,
                        failures,
                        failures,
                        reason,
                        run.inputsJson(),
                        run.outputsJson(),
                        claim.wakes(),
                        seconds(delay),
                        claim.id().value(),
                        claim.epoch(),
                        claim.cancelled())
                .stream()
                .findFirst();
    }

    /** Ends it with an error. */
    boolean end(Claim claim, OperationStatus status, ErrorCode code, String detail) {
        return jdbc.update(
                        """
                        UPDATE operation SET status = ?, ended_at = clock_timestamp(), lease_owner = NULL, undoing = false,
                            wait_reason = NULL, wait_topic = NULL, waiting_since = NULL,
                            error_code = coalesce(error_code, ?), error_detail = coalesce(error_detail, ?)
                        """ + FENCE,
                        status.name(),
                        code.name(),
                        detail,
                        claim.id().value(),
                        claim.epoch(),
                        claim.cancelled())
                == 1;
    }

    /** Goes to the undo of a step; the first time with the error that made it necessary. */
    Optional<Entered> undo(
            Claim claim, String step, Duration deadline, @Nullable ErrorCode code, @Nullable String detail) {
        return one(
                """
                UPDATE operation SET undoing = true, step = ?, step_started_at = clock_timestamp(), step_failures = 0,
                    step_detail = NULL, step_deadline_at = clock_timestamp() + ? * interval '1 second', status = 'RUNNING',
                    wait_reason = NULL, wait_topic = NULL, waiting_since = NULL, step_inputs = NULL, step_outputs = NULL,
                    error_code = coalesce(error_code, ?), error_detail = coalesce(error_detail, ?)
                """ + FENCE + ENTERED,
                step,
                seconds(deadline),
                code == null ? null : code.name(),
                detail,
                claim.id().value(),
                claim.epoch(),
                claim.cancelled());
    }

    void remember(Claim claim, StepStatus status, @Nullable String detail, Run run) {
        jdbc.update(
                """
                INSERT INTO operation_step (operation_id, ordinal, name, status, started_at, ended_at, attempts, detail, inputs, outputs)
                VALUES (?, """ + PLACE_OF_STEP.formatted("?") + """
                , ?, ?, ?, clock_timestamp(), ?, ?, ?::jsonb, ?::jsonb)
                """ + ON_CONFLICT,
                claim.id().value(),
                claim.step(),
                claim.id().value(),
                claim.step(),
                status.name(),
                startedAt(claim),
                claim.failures() + 1,
                detail,
                run.inputsJson(),
                run.outputsJson());
    }

    /** A commit under the claim has failed: whether because of a cancel, so that its holder still holds it. */
    boolean cancelledMeanwhile(Claim claim) {
        return !claim.cancelled()
                && !jdbc.queryForList(
                                "SELECT 1 FROM operation" + FENCE,
                                Integer.class,
                                claim.id().value(),
                                claim.epoch(),
                                true)
                        .isEmpty();
    }

    void markUndone(Claim claim, StepStatus status, @Nullable String detail) {
        jdbc.update(
                "UPDATE operation_step SET status = ?, detail = coalesce(?, detail) WHERE operation_id = ? AND name = ?",
                status.name(),
                detail,
                claim.id().value(),
                claim.step());
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

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    static Duration duration(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
