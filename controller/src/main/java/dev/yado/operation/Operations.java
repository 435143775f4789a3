package dev.yado.operation;

import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.Tracing;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Begins, wakes and shows operations. */
@Service
public class Operations {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    private final JdbcTemplate jdbc;
    private final FlowCatalog catalog;
    private final WakeUps wakeUps;
    private final Cancels cancels;
    private final OperationViews views;
    private final WakeChannel wakes;

    Operations(
            JdbcTemplate jdbc,
            FlowCatalog catalog,
            WakeUps wakeUps,
            Cancels cancels,
            OperationViews views,
            WakeChannel wakes) {
        this.jdbc = jdbc;
        this.catalog = catalog;
        this.wakeUps = wakeUps;
        this.cancels = cancels;
        this.views = views;
        this.wakes = wakes;
    }

    /**
     * Begins an operation in the caller's transaction, together with the change that it carries out. The caller holds a lock on the
     * target's row. An older open operation on the target is cancelled by the same transaction: its runner loses its fence.
     *
     * @throws YadoException {@link ErrorCode#CONFLICT} when the older one is being undone and does not give way
     */
    public OperationId begin(String kind, @Nullable TenantId tenant, UUID target, Object input) {
        try (Span accepted = Tracing.begin(Span.Kind.INTERNAL, kind + " accepted")) {
            OperationId id = insert(kind, tenant, target, input, null);
            accepted.with(LogKey.OPERATION, id);
            try (LogScope _ = LogScope.of(LogKey.OPERATION, id)
                    .with(catalog.require(kind).target(), target)
                    .with(LogKey.TENANT, tenant)) {
                LOG.debug("{} is begun", kind);
            }
            return id;
        }
    }

    /** An operation that had nothing to do: it has succeeded at once, and cancels nothing. */
    public OperationId succeeded(String kind, @Nullable TenantId tenant, UUID target, Object input, String detail) {
        return insert(kind, tenant, target, input, detail);
    }

    private OperationId insert(
            String kind, @Nullable TenantId tenant, UUID target, Object input, @Nullable String doneDetail) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("an operation begins in the transaction of the change that it carries out");
        }
        Flow<?> flow = catalog.require(kind);
        OperationId id = OperationId.random();
        if (doneDetail == null) {
            cancelOpen(target, kind, id);
        }
        Enum<?> first = FlowCatalog.firstStep(flow);
        double whole = flow.deadline().toMillis() / 1e3;
        try {
            jdbc.update(
                    """
                    INSERT INTO operation (id, kind, definition_version, tenant_id, target_id, status, input, step, trace_context, step_deadline_at,
                        deadline_at, ended_at, priority, lane)
                    VALUES (?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, now() + ? * interval '1 second', now() + ? * interval '1 second',
                        CASE WHEN ? THEN now() END, ?, ?)
                    """,
                    id.value(),
                    kind,
                    flow.version(),
                    tenant == null ? null : tenant.value(),
                    target,
                    (doneDetail == null ? OperationStatus.RUNNING : OperationStatus.SUCCEEDED).name(),
                    ProtocolJson.mapper().writeValueAsString(input),
                    first.name(),
                    Tracing.header(),
                    Math.min(whole, firstDeadline(flow).toMillis() / 1e3),
                    whole,
                    doneDetail != null,
                    flow.priority().rank(),
                    tenant == null ? Lane.NO_TENANT : tenant.value());
        } catch (DuplicateKeyException e) {
            throw new YadoException(
                    ErrorCode.CONFLICT, "an operation on " + target + " is being undone; wait for its end", e);
        }
        if (doneDetail == null) {
            wakes.signalAfterCommit();
        } else {
            jdbc.update("""
                    INSERT INTO operation_step (operation_id, ordinal, name, status, started_at, ended_at, attempts, detail)
                    VALUES (?, 0, ?, 'SUCCEEDED', now(), now(), 1, ?)
                    """, id.value(), first.name(), doneDetail);
        }
        return id;
    }

    private void cancelOpen(UUID target, String kind, OperationId successor) {
        List<String> overtaken = jdbc.queryForList(
                """
                UPDATE operation SET status = 'CANCELLED', ended_at = clock_timestamp(), epoch = epoch + 1, lease_owner = NULL,
                    wait_reason = NULL, wait_topic = NULL, waiting_since = NULL, undoing = false,
                    error_code = coalesce(error_code, 'CANCELLED'), error_detail = coalesce(error_detail || '; ', '') || ?
                WHERE target_id = ? AND ended_at IS NULL AND (NOT undoing OR kind = ANY (?::text[]))
                RETURNING kind
                """,
                String.class,
                "overtaken by " + kind + ", operation " + successor,
                target,
                catalog.kindsThatGiveWay());
        overtaken.forEach(older -> Measure.count(Metric.OPERATIONS, older, OperationStatus.CANCELLED.name()));
        if (!overtaken.isEmpty()) {
            wakes.changedAfterCommit();
        }
    }

    private static <S extends Enum<S>> Duration firstDeadline(Flow<S> flow) {
        return flow.step(FlowCatalog.firstStep(flow)).deadline();
    }

    /**
     * Turns the operation round, or says why that cannot be. Asked again it answers the same. The caller may see the operation.
     *
     * @param by who asks, for people
     * @throws YadoException {@link ErrorCode#CANCEL_TOO_LATE}, {@link ErrorCode#OPERATION_ENDED}, {@link ErrorCode#NOT_FOUND}
     */
    public CancelAnswer cancel(OperationId id, String by) {
        return cancels.cancel(id, by);
    }

    /** What an operation of the kind does, without doing it. */
    public FlowOutline outline(String kind) {
        return FlowOutline.of(catalog.require(kind));
    }

    /** Something that operations on these targets may wait for has happened. Joins the present transaction if there is one. */
    public void wake(Collection<UUID> targets) {
        if (!targets.isEmpty()) {
            wakeUps.wake(targets);
        }
    }

    /** As {@link #wake}, for all that wait for the topic. */
    public void wakeTopic(String topic) {
        wakeUps.wakeTopic(topic);
    }

    public Optional<OperationView> find(OperationId id) {
        return views.find(id);
    }

    /** The operation when it has ended, or as it is after the time. */
    public Optional<OperationView> await(OperationId id, Duration atMost) throws InterruptedException {
        wakes.watch(id, () -> views.ended(id), atMost);
        return views.find(id);
    }

    /**
     * Newest first.
     *
     * @param tenant null for all
     * @param target null for all
     * @param before null for the first page
     */
    public List<OperationView> page(
            @Nullable TenantId tenant, @Nullable UUID target, @Nullable OperationId before, int limit) {
        return views.page(tenant, target, before, limit);
    }
}
