package dev.yado.host;

import dev.yado.observe.Gauges;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Hosts by the state that the API shows, and how long the most silent of each has not reported. */
@Component
final class HostGauges implements Gauges {
    private final JdbcTemplate jdbc;

    HostGauges(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public void read() {
        jdbc.query("""
                SELECT s.alive, count(h.id) AS hosts,
                    coalesce(extract(epoch FROM max(now() - h.last_report_at)), 0) AS silence
                FROM (VALUES (true), (false)) AS s (alive) LEFT JOIN host h ON (h.lease_until > now()) = s.alive GROUP BY s.alive
                """, row -> {
            String state = row.getBoolean("alive") ? "UP" : "DOWN";
            Measure.set(Metric.HOSTS, row.getDouble("hosts"), state);
            Measure.set(Metric.HOST_SILENCE, row.getDouble("silence"), state);
        });
    }
}
