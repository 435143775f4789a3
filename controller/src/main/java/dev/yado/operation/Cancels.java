package dev.yado.operation;

import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.operation.CancelAnswer.Effect;
import dev.yado.operation.Cancellation.Outlook;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.YadoException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes cancels. All is decided and written in one transaction under the row's lock: a runner that commits at the same moment has
 * done so before, or finds its fence gone.
 */
@Component
class Cancels {
    private final JdbcTemplate jdbc;
    private final FlowCatalog catalog;
    private final UndoPath undoPath;
    private final WakeChannel wakes;
    private final TransactionTemplate transactions;

    Cancels(
            JdbcTemplate jdbc,
            FlowCatalog catalog,
            UndoPath undoPath,
            WakeChannel wakes,
            TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.catalog = catalog;
        this.undoPath = undoPath;
        this.wakes = wakes;
        this.transactions = transactions;
    }

    /**
     * @param begun whether the present step may have done something
     * @param held whether a runner holds the lease, and so may be in the middle of a call
     */
    private record Found(
            Claim claim,
            OperationStatus status,
            boolean begun,
            boolean held,
            Instant stepDeadline,
            @Nullable Instant endedAt,
            @Nullable String errorCode,
            @Nullable Instant requestedAt,
            @Nullable String requestedBy) {}

    CancelAnswer cancel(OperationId id, String by) {
        CancelAnswer answer = transactions.execute(_ -> decide(id, by));
        if (answer == null) {
            throw new IllegalStateException("no answer");
        }
        return answer;
    }

    private CancelAnswer decide(OperationId id, String by) {
        Claim before = read(id, "").orElseThrow(() -> notFound(id)).claim();
        Flow<?> flow = catalog.find(before.kind(), before.version(), before.step())
                .orElseThrow(() -> new YadoException(
                        ErrorCode.OPERATION_VERSION_UNKNOWN,
                        "this controller does not know " + before.kind() + " in version " + before.version()
                                + "; ask one of the version under which the operation was begun"));
        flow.cancellation().lock(before.target());
        return decide(flow, read(id, "FOR UPDATE").orElseThrow(() -> notFound(id)), by);
    }

    private CancelAnswer decide(Flow<?> flow, Found found, String by) {
        Claim claim = found.claim();
        Instant requestedAt = found.requestedAt();
        if (requestedAt != null && (found.endedAt() == null || found.status() == OperationStatus.CANCELLED)) {
            Effect effect =
                    found.endedAt() != null ? Effect.CANCELLED : claim.undoing() ? Effect.UNDOING : Effect.AFTER_STEP;
            return answer(flow, claim, effect, requestedAt, String.valueOf(found.requestedBy()));
        }
        if (found.endedAt() != null) {
            throw new YadoException(ErrorCode.OPERATION_ENDED, howItEnded(found));
        }
        if (claim.undoing()) {
            throw new YadoException(
                    ErrorCode.CANCEL_TOO_LATE,
                    "it has failed with " + found.errorCode() + " and is being undone: step " + words(claim.step())
                            + " until " + found.stepDeadline() + " at the latest");
        }
        CancelPoint point = found.begun() ? pointOf(flow, claim.step()) : CancelPoint.NOW;
        return switch (point) {
            case NO_RETURN -> throw tooLate(flow, found);
            case AFTER_STEP -> found.held() ? later(flow, claim, by) : now(flow, claim, found.begun(), by);
            case NOW -> now(flow, claim, found.begun(), by);
        };
    }

    /** The runner sees it when its present attempt has come to an end; if that runner is dead, the next one does. */
    private CancelAnswer later(Flow<?> flow, Claim claim, String by) {
        Instant at = instant(jdbc.queryForObject(
                """
                UPDATE operation SET cancel_requested_at = clock_timestamp(), cancel_requested_by = ?, priority = ? WHERE id = ?
                RETURNING cancel_requested_at
                """,
                OffsetDateTime.class,
                by,
                Priority.URGENT.rank(),
                claim.id().value()));
        return answer(flow, claim, Effect.AFTER_STEP, at, by);
    }

    /** Takes the fence from whoever works on it, turns it round, and leaves it to the next runner. */
    private CancelAnswer now(Flow<?> flow, Claim before, boolean begun, String by) {
        List<String> way = undoPath.wayBack(flow, before);
        Claim claim = jdbc.query(
                        """
                        UPDATE operation o SET cancel_requested_at = clock_timestamp(), cancel_requested_by = ?, priority = ?,
                            epoch = epoch + 1, lease_owner = NULL, wake_at = now(),
                            step_started_at = coalesce(step_started_at, now())
                        WHERE id = ? RETURNING\s""" + OperationQueue.CLAIM_COLUMNS,
                        (row, _) -> OperationQueue.claimed(row),
                        by,
                        Priority.URGENT.rank(),
                        before.id().value())
                .getFirst();
        After after = undoPath.turnRound(flow, claim, begun);
        if (after.ended()) {
            Measure.count(Metric.OPERATIONS, claim.kind(), OperationStatus.CANCELLED.name());
        }
        wakes.changedAfterCommit();
        Instant at = instant(jdbc.queryForObject(
                "SELECT cancel_requested_at FROM operation WHERE id = ?",
                OffsetDateTime.class,
                claim.id().value()));
        return answer(flow, claim, after.ended() ? Effect.CANCELLED : Effect.UNDOING, way, at, by);
    }

    private CancelAnswer answer(Flow<?> flow, Claim claim, Effect effect, Instant at, String by) {
        return answer(flow, claim, effect, undoPath.wayBack(flow, claim), at, by);
    }

    private static CancelAnswer answer(
            Flow<?> flow, Claim claim, Effect effect, List<String> way, Instant at, String by) {
        Outlook outlook = flow.cancellation().outlook(claim.run());
        List<String> undo = effect == Effect.CANCELLED ? List.of() : way;
        String list = String.join(", ", undo.stream().map(Cancels::words).toList());
        String detail = switch (effect) {
            case CANCELLED -> "it has ended: nothing is left to be undone; ";
            case UNDOING -> "it has turned round and undoes " + list + "; ";
            case AFTER_STEP ->
                "the call of step " + words(claim.step()) + " is let finish, then it turns round"
                        + (undo.isEmpty() ? "; " : " and undoes " + list + "; ");
        };
        return new CancelAnswer(claim.id(), effect, detail + outlook.detail(), undo, outlook.targetState(), at, by);
    }

    private static <S extends Enum<S>> CancelPoint pointOf(Flow<S> flow, String step) {
        return flow.step(FlowCatalog.stepNamed(flow, step)).cancelPoint();
    }

    private static <S extends Enum<S>> YadoException tooLate(Flow<S> flow, Found found) {
        String step = found.claim().step();
        return new YadoException(
                ErrorCode.CANCEL_TOO_LATE,
                "step " + words(step) + " has begun and cannot be taken back: "
                        + flow.step(FlowCatalog.stepNamed(flow, step)).sentence()
                        + "; the operation goes on, with this step until " + found.stepDeadline() + " at the latest");
    }

    private static String howItEnded(Found found) {
        return "it ended as " + found.status() + " at " + found.endedAt()
                + (found.errorCode() == null ? "" : " with " + found.errorCode());
    }

    private static String words(String step) {
        return step.toLowerCase(Locale.ROOT);
    }

    private static YadoException notFound(OperationId id) {
        return new YadoException(ErrorCode.NOT_FOUND, "operation " + id + " does not exist");
    }

    private Optional<Found> read(OperationId id, String lock) {
        return jdbc
                .query(
                        "SELECT coalesce(o.step_started_at, o.created_at) AS step_started_at, o.status,"
                                + " o.step_started_at IS NOT NULL AS begun,"
                                + " o.lease_owner IS NOT NULL AND o.wake_at > now() AS held, o.step_deadline_at, o.ended_at,"
                                + " o.error_code, o.cancel_requested_at, o.cancel_requested_by, "
                                + OperationQueue.CLAIM_COLUMNS.replace("o.step_started_at,", "")
                                + " FROM operation o WHERE id = ? " + lock,
                        (row, _) -> found(row),
                        id.value())
                .stream()
                .findFirst();
    }

    private static Found found(ResultSet row) throws SQLException {
        return new Found(
                OperationQueue.claimed(row),
                OperationStatus.valueOf(row.getString("status")),
                row.getBoolean("begun"),
                row.getBoolean("held"),
                instant(row.getObject("step_deadline_at", OffsetDateTime.class)),
                nullable(row.getObject("ended_at", OffsetDateTime.class)),
                row.getString("error_code"),
                nullable(row.getObject("cancel_requested_at", OffsetDateTime.class)),
                row.getString("cancel_requested_by"));
    }

    private static Instant instant(@Nullable OffsetDateTime time) {
        if (time == null) {
            throw new IllegalStateException("no time");
        }
        return time.toInstant();
    }

    private static @Nullable Instant nullable(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
