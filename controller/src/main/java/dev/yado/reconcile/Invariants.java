package dev.yado.reconcile;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Queries that never return a row. One that does is a bug, and is logged with what it found. */
@Component
class Invariants implements Reconciler {
    private static final Logger LOG = LoggerFactory.getLogger(Invariants.class);

    /** What is wrong, and the query that finds it. */
    static final Map<String, String> QUERIES = Map.of(
            "memory is promised twice",
            """
            SELECT h.id::text FROM host h JOIN allocation a ON a.host_id = h.id
            GROUP BY h.id HAVING sum(a.memory_mib) > h.memory_mib
            """,
            "an allocation differs from the size of its VM",
            """
            SELECT v.id::text FROM vm v JOIN allocation a ON a.vm_id = v.id
            WHERE (a.vcpus, a.memory_mib) IS DISTINCT FROM (v.vcpus, v.memory_mib)
                OR a.disk_mib <> (SELECT coalesce(sum(size_mib), 0) FROM vm_disk d WHERE d.vm_id = v.id)
            """,
            "an operation is due for minutes and nobody takes it",
            "SELECT id::text FROM operation WHERE ended_at IS NULL AND wake_at < now() - interval '5 minutes'",
            "an operation is open although its VM is gone",
            """
            SELECT o.id::text FROM operation o WHERE ended_at IS NULL AND kind LIKE '%Vm'
                AND created_at < now() - interval '1 minute' AND NOT EXISTS (SELECT FROM vm v WHERE v.id = o.target_id)
            """);

    private final JdbcTemplate jdbc;

    Invariants(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Duration period() {
        return Duration.ofMinutes(1);
    }

    @Override
    public void scan() {
        QUERIES.forEach((wrong, query) -> {
            List<String> found = jdbc.queryForList(query, String.class);
            if (!found.isEmpty()) {
                LOG.error("{}: {}", wrong, found);
            }
        });
    }
}
