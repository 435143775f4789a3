package dev.yado.vm;

import dev.yado.observe.Gauges;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ObservedState;
import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** How many VMs there are of each kind of agreement between what is wanted and what is seen. */
@Component
final class VmGauges implements Gauges {
    private final JdbcTemplate jdbc;

    VmGauges(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
        Measure.announce(Metric.VMS, DesiredState.RUNNING.name(), ObservedState.RUNNING.name());
    }

    private record Count(String desired, String observed, long vms) {}

    @Override
    public void read() {
        List<Count> counts = new ArrayList<>();
        jdbc.query(
                "SELECT desired_state, coalesce(observed_state, 'NONE') AS observed, count(*) AS vms FROM vm GROUP BY 1, 2",
                row -> {
                    counts.add(
                            new Count(row.getString("desired_state"), row.getString("observed"), row.getLong("vms")));
                });
        Measure.clear(Metric.VMS);
        counts.forEach(count -> Measure.set(Metric.VMS, count.vms(), count.desired(), count.observed()));
    }
}
