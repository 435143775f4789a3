package dev.yado.host;

import dev.yado.protocol.HostId;
import dev.yado.scheduler.FleetSnapshot;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.HostSnapshot.Resources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * All hosts as this replica sees them. Reading thousands of them costs more than placing a VM, so what was read is used again for a
 * moment, with what was placed from here since. It is a hint and may be wrong: who allocates judges the host again under its lock.
 */
@Component
class FleetSight {
    private static final Duration MOMENT = Duration.ofSeconds(1);
    private static final String SELECT = """
            SELECT h.id, h.name, h.architecture, h.accelerator, h.network, h.self_test ->> 'verdict' AS verdict, h.cpus, h.memory_mib, h.disk_mib,
                h.facts_digest, EXISTS (SELECT FROM maintenance m WHERE m.host_id = h.id) AS maintenance,
                h.lease_until > now() AS alive, extract(epoch FROM now() - h.last_report_at) AS silence,
                coalesce(a.vcpus, 0) AS used_vcpus, coalesce(a.memory_mib, 0) AS used_memory_mib,
                coalesce(a.disk_mib, 0) AS used_disk_mib
            FROM host h LEFT JOIN (
                SELECT host_id, sum(vcpus) AS vcpus, sum(memory_mib) AS memory_mib, sum(disk_mib) AS disk_mib
                FROM (SELECT host_id, vcpus, memory_mib, disk_mib FROM allocation %1$s
                    UNION ALL SELECT host_id, vcpus, memory_mib, disk_mib FROM claim %1$s) taken
                GROUP BY host_id) a ON a.host_id = h.id
            """;

    private final JdbcTemplate jdbc;
    private final MoveFacts facts;
    private final Object reading = new Object();
    private final Object lock = new Object();
    private final List<HostSnapshot> hosts = new ArrayList<>();
    private final Map<HostId, Integer> places = new HashMap<>();
    private long readAt;
    private boolean read;

    FleetSight(JdbcTemplate jdbc, MoveFacts facts) {
        this.jdbc = jdbc;
        this.facts = facts;
    }

    /** At most a moment old. */
    FleetSnapshot recent() {
        return notBefore(System.nanoTime() - MOMENT.toNanos());
    }

    /** Read after this was called. Who asks at the same time shares one reading. */
    FleetSnapshot now() {
        return notBefore(System.nanoTime());
    }

    private FleetSnapshot notBefore(long time) {
        FleetSnapshot known = known(time);
        if (known != null) {
            return known;
        }
        synchronized (reading) {
            known = known(time);
            if (known != null) {
                return known;
            }
            long began = System.nanoTime();
            List<HostSnapshot> found = facts.added(jdbc.query(
                    SELECT.formatted("") + " ORDER BY h.id",
                    (row, _) -> new MoveFacts.Host(HostRow.snapshot(row), row.getString("facts_digest"))));
            synchronized (lock) {
                hosts.clear();
                hosts.addAll(found);
                places.clear();
                for (int place = 0; place < found.size(); place++) {
                    places.put(found.get(place).id(), place);
                }
                readAt = began;
                read = true;
                return new FleetSnapshot(hosts);
            }
        }
    }

    private @Nullable FleetSnapshot known(long time) {
        synchronized (lock) {
            return read && readAt - time >= 0 ? new FleetSnapshot(hosts) : null;
        }
    }

    /** One host as it is now; empty when it is gone. */
    List<HostSnapshot> of(HostId host) {
        return facts.added(jdbc.query(
                SELECT.formatted("WHERE host_id = ?") + " WHERE h.id = ?",
                (row, _) -> new MoveFacts.Host(HostRow.snapshot(row), row.getString("facts_digest")),
                host.value(),
                host.value(),
                host.value()));
    }

    /** @param before the host as it was when this was placed on it */
    void placed(HostSnapshot before, Resources taken) {
        HostSnapshot now = before.holding(before.allocated().plus(taken));
        synchronized (lock) {
            Integer place = places.get(before.id());
            if (place != null) {
                hosts.set(place, now);
            }
        }
    }
}
