package dev.yado.maintenance;

import dev.yado.protocol.HostId;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** What moves from a host reach: measured, where there were any. */
@Component
class Bandwidth {
    private static final int NEWEST = 10;
    /** A smaller move says more of its beginning and its end than of the link. */
    private static final long LEAST_BYTES = 32L << 20;

    private final JdbcTemplate jdbc;
    private final MaintenanceSettings settings;

    Bandwidth(JdbcTemplate jdbc, MaintenanceSettings settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    /** @param measured else it is what the settings assume */
    record Expected(long bytesPerSecond, boolean measured) {}

    /** The median of the newest moves from the host; where there were none, of those from all hosts. */
    Expected of(HostId host) {
        return median("from_host = ?", host.value())
                .or(() -> median("true"))
                .map(speed -> new Expected(speed, true))
                .orElseGet(() -> new Expected((long) settings.assumedMibs() << 20, false));
    }

    private Optional<Long> median(String which, Object... arguments) {
        List<Long> speeds = jdbc.queryForList("""
                        SELECT (r.bytes * 1000 / r.ms)::bigint FROM (
                            SELECT (departure -> 'result' ->> 'copiedBytes')::numeric AS bytes,
                                (departure -> 'result' ->> 'totalMs')::numeric AS ms, began_at
                            FROM migration WHERE arrived AND departure -> 'result' IS NOT NULL AND %s) r
                        WHERE r.ms > 0 AND r.bytes >= %d ORDER BY r.began_at DESC LIMIT %d
                        """.formatted(which, LEAST_BYTES, NEWEST), Long.class, arguments).stream()
                .sorted()
                .toList();
        return speeds.isEmpty() ? Optional.empty() : Optional.of(speeds.get(speeds.size() / 2));
    }

    /** Of the moves from the host that copy at this moment, in bytes per second; 0 for one that has not said yet. */
    List<Long> present(HostId host) {
        return jdbc.queryForList("""
                SELECT coalesce((departure -> 'progress' ->> 'bytesPerSecond')::bigint, 0) FROM migration
                WHERE from_host = ? AND state = 'OPEN'
                """, Long.class, host.value());
    }
}
