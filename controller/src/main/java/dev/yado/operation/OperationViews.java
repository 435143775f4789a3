package dev.yado.operation;

import dev.yado.operation.OperationView.CancelView;
import dev.yado.operation.OperationView.ErrorView;
import dev.yado.operation.OperationView.StepView;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;

/** Reads operations for people: two queries a page, whatever its length. */
@Component
class OperationViews {
    private static final String SELECT = """
            SELECT id, kind, definition_version, status, target_id, tenant_id, wait_reason, deadline_at, placement::text, error_code,
                error_detail, created_at, ended_at, step, step_started_at, step_failures, step_detail, undoing, lease_owner, priority,
                waiting_since, wake_at, step_deadline_at, step_inputs::text, step_outputs::text, cancel_requested_at,
                cancel_requested_by
            FROM operation
            """;

    private final JdbcTemplate jdbc;
    private final FlowCatalog catalog;

    OperationViews(JdbcTemplate jdbc, FlowCatalog catalog) {
        this.jdbc = jdbc;
        this.catalog = catalog;
    }

    private record Row(OperationView bare, int version, StepView present) {}

    private record StepRow(UUID operation, StepView step) {}

    Optional<OperationView> find(OperationId id) {
        return complete(jdbc.query(SELECT + "WHERE id = ?", (row, _) -> row(row), id.value())).stream()
                .findFirst();
    }

    /** Also true when there is no such operation. */
    boolean ended(OperationId id) {
        return jdbc.queryForList("SELECT 1 FROM operation WHERE id = ? AND ended_at IS NULL", Integer.class, id.value())
                .isEmpty();
    }

    List<OperationView> page(
            @Nullable TenantId tenant, @Nullable UUID target, @Nullable OperationId before, int limit) {
        StringBuilder sql = new StringBuilder(SELECT).append("WHERE true");
        List<Object> arguments = new ArrayList<>();
        if (tenant != null) {
            sql.append(" AND tenant_id = ?");
            arguments.add(tenant.value());
        }
        if (target != null) {
            sql.append(" AND target_id = ?");
            arguments.add(target);
        }
        if (before != null) {
            sql.append(" AND id < ?");
            arguments.add(before.value());
        }
        sql.append(" ORDER BY id DESC LIMIT ?");
        arguments.add(limit);
        return complete(jdbc.query(sql.toString(), (row, _) -> row(row), arguments.toArray()));
    }

    private List<OperationView> complete(List<Row> rows) {
        if (rows.isEmpty()) {
            return List.of();
        }
        UUID[] ids = rows.stream().map(row -> row.bare().id().value()).toArray(UUID[]::new);
        Map<UUID, Map<String, StepView>> ended = new HashMap<>();
        jdbc.query("""
                        SELECT operation_id, name, status, started_at, ended_at, attempts, detail, inputs::text, outputs::text
                        FROM operation_step WHERE operation_id = ANY (?::uuid[]) ORDER BY started_at, ordinal
                        """, (row, _) -> stepRow(row), (Object) ids)
                .forEach(step -> ended.computeIfAbsent(step.operation(), _ -> new LinkedHashMap<>())
                        .put(step.step().name(), step.step()));
        return rows.stream()
                .map(row -> withSteps(row, ended.getOrDefault(row.bare().id().value(), Map.of())))
                .toList();
    }

    /**
     * Steps that have ended, the present one, and those that the flow has beside them, in the flow's order. One that was left out, as
     * by an operation that was begun before the flow had it, is skipped as soon as a later one is under way.
     */
    private OperationView withSteps(Row row, Map<String, StepView> ended) {
        OperationView bare = row.bare();
        Optional<Flow<?>> flow = catalog.find(bare.kind(), row.version());
        List<StepView> steps = new ArrayList<>();
        if (flow.isEmpty()) {
            steps.addAll(ended.values());
            if (!ended.containsKey(row.present().name())) {
                steps.add(row.present());
            }
        } else {
            boolean before = true;
            for (Enum<?> name : FlowCatalog.stepsOf(flow.get())) {
                StepView past = ended.get(name.name());
                boolean present = name.name().equals(row.present().name());
                before &= !present;
                if (present && (past == null || !bare.status().ended())) {
                    steps.add(row.present());
                } else if (past != null) {
                    steps.add(past);
                } else {
                    boolean never = before || bare.status().ended() || bare.undoing();
                    steps.add(StepView.notBegun(name.name(), never ? StepStatus.SKIPPED : StepStatus.PENDING));
                }
            }
        }
        return bare.with(steps);
    }

    private static Row row(ResultSet row) throws SQLException {
        OperationStatus status = OperationStatus.valueOf(row.getString("status"));
        UUID tenant = row.getObject("tenant_id", UUID.class);
        String placement = row.getString("placement");
        OperationView bare = new OperationView(
                new OperationId(row.getObject("id", UUID.class)),
                row.getString("kind"),
                status,
                Priority.ofRank(row.getInt("priority")),
                row.getBoolean("undoing"),
                row.getObject("target_id", UUID.class),
                tenant == null ? null : new TenantId(tenant),
                row.getString("wait_reason"),
                instant(row, "waiting_since"),
                required(row, "deadline_at"),
                List.of(),
                placement == null
                        ? List.of()
                        : ProtocolJson.mapper().readValue(placement, new TypeReference<List<Verdict>>() {}),
                row.getString("cancel_requested_by") == null
                        ? null
                        : new CancelView(required(row, "cancel_requested_at"), row.getString("cancel_requested_by")),
                row.getString("error_code") == null
                        ? null
                        : new ErrorView(row.getString("error_code"), row.getString("error_detail")),
                required(row, "created_at"),
                instant(row, "ended_at"));
        return new Row(bare, row.getInt("definition_version"), present(row, status));
    }

    private static StepView present(ResultSet row, OperationStatus status) throws SQLException {
        Instant started = instant(row, "step_started_at");
        StepStatus present = switch (status) {
            case RUNNING, WAITING -> underWay(row, status, started);
            case SUCCEEDED -> StepStatus.SUCCEEDED;
            case FAILED -> StepStatus.FAILED;
            case CANCELLED -> StepStatus.SKIPPED;
        };
        String detail = row.getString("step_detail");
        boolean waits = status == OperationStatus.WAITING && row.getString("lease_owner") == null;
        return new StepView(
                row.getString("step"),
                present,
                started,
                instant(row, "ended_at"),
                started == null ? 0 : row.getInt("step_failures") + 1,
                detail == null ? row.getString("wait_reason") : detail,
                waits ? required(row, "wake_at") : null,
                status.ended() ? null : required(row, "step_deadline_at"),
                values(row.getString("step_inputs")),
                values(row.getString("step_outputs")));
    }

    private static StepStatus underWay(ResultSet row, OperationStatus status, @Nullable Instant started)
            throws SQLException {
        if (row.getBoolean("undoing")) {
            return StepStatus.UNDOING;
        }
        if (status == OperationStatus.WAITING) {
            return StepStatus.WAITING;
        }
        return started == null ? StepStatus.PENDING : StepStatus.RUNNING;
    }

    private static StepRow stepRow(ResultSet row) throws SQLException {
        return new StepRow(
                row.getObject("operation_id", UUID.class),
                new StepView(
                        row.getString("name"),
                        StepStatus.valueOf(row.getString("status")),
                        instant(row, "started_at"),
                        instant(row, "ended_at"),
                        row.getInt("attempts"),
                        row.getString("detail"),
                        null,
                        null,
                        values(row.getString("inputs")),
                        values(row.getString("outputs"))));
    }

    private static Map<String, String> values(@Nullable String json) {
        return json == null
                ? Map.of()
                : ProtocolJson.mapper().readValue(json, new TypeReference<LinkedHashMap<String, String>>() {});
    }

    private static Instant required(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
