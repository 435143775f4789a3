package dev.yado.operation;

import dev.yado.observe.Gauges;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import java.util.Collection;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The queue. Of the open operations alone, which have an index of their own. */
@Component
final class OperationGauges implements Gauges {
    private final JdbcTemplate jdbc;

    OperationGauges(JdbcTemplate jdbc, Collection<Flow<?>> flows) {
        this.jdbc = jdbc;
        flows.forEach(OperationGauges::announce);
    }

    private static <S extends Enum<S>> void announce(Flow<S> flow) {
        for (OperationStatus status : OperationStatus.values()) {
            if (status.ended()) {
                Measure.announce(Metric.OPERATIONS, flow.kind(), status.name());
            }
        }
        for (S step : FlowCatalog.stepsOf(flow)) {
            Measure.announce(Metric.STEP_RETRIES, flow.kind(), step.name());
        }
    }

    @Override
    public void read() {
        jdbc.query("""
                SELECT count(*) FILTER (WHERE status = 'RUNNING') AS running, count(*) FILTER (WHERE status = 'WAITING') AS waiting,
                    count(*) FILTER (WHERE deadline_at < now()) AS overdue,
                    coalesce(extract(epoch FROM max(now() - wake_at) FILTER (WHERE wake_at < now())), 0) AS age
                FROM operation WHERE ended_at IS NULL
                """, row -> {
            Measure.set(Metric.OPEN_OPERATIONS, row.getDouble("running"), OperationStatus.RUNNING.name());
            Measure.set(Metric.OPEN_OPERATIONS, row.getDouble("waiting"), OperationStatus.WAITING.name());
            Measure.set(Metric.OVERDUE_OPERATIONS, row.getDouble("overdue"));
            Measure.set(Metric.QUEUE_AGE, row.getDouble("age"));
        });
    }
}
