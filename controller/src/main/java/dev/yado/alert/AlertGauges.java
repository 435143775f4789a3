package dev.yado.alert;

import dev.yado.observe.Gauges;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import java.util.EnumMap;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Open alerts, code by code, so that a rule of Prometheus sees what the controller has judged already. */
@Component
final class AlertGauges implements Gauges {
    private final JdbcTemplate jdbc;

    AlertGauges(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void read() {
        Map<AlertCode, Long> open = new EnumMap<>(AlertCode.class);
        jdbc.query("SELECT code, count(*) AS alerts FROM alert WHERE ended_at IS NULL GROUP BY code", row -> {
            for (AlertCode code : AlertCode.values()) {
                if (code.name().equals(row.getString("code"))) {
                    open.put(code, row.getLong("alerts"));
                }
            }
        });
        for (AlertCode code : AlertCode.values()) {
            Measure.set(
                    Metric.ALERTS,
                    open.getOrDefault(code, 0L),
                    code.name(),
                    code.severity().name());
        }
    }
}
