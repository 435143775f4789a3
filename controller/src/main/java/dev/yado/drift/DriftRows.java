package dev.yado.drift;

import dev.yado.protocol.HostId;
import dev.yado.protocol.UuidV7;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.DriftKind;
import dev.yado.protocol.inventory.DriftRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The SQL of {@code drift}. */
@Component
class DriftRows {
    static final String SELECT = "SELECT d.*, h.name AS host_name FROM drift d LEFT JOIN host h ON h.id = d.host_id";
    private static final String NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid";

    /** Who saw it. */
    enum Seer {
        HOST,
        CONTROLLER
    }

    private final JdbcTemplate jdbc;

    DriftRows(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * What this seer sees now of these kinds: new entries, and those seen before that are seen again. What is not seen any more is
     * healed. In the caller's transaction.
     *
     * @param host only what is of this host; null for all
     */
    void sync(Seer seer, @Nullable UUID host, Collection<DriftKind> kinds, List<DriftSight> sights) {
        if (!sights.isEmpty()) {
            jdbc.update(
                    """
                    INSERT INTO drift (id, kind, severity, seen_by, host_id, vm_id, object, wanted, reported, found, rule, status,
                        since, last_seen_at)
                    SELECT s.id, s.kind, s.severity, ?, s.host_id, s.vm_id, s.object, s.wanted, s.reported, s.found, s.rule, s.status,
                        now(), now()
                    FROM unnest(?::uuid[], ?::text[], ?::text[], ?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[],
                        ?::text[], ?::text[]) AS s (id, kind, severity, host_id, vm_id, object, wanted, reported, found, rule, status)
                    ON CONFLICT (kind, coalesce(host_id, %s), object) WHERE status <> 'HEALED'
                    DO UPDATE SET last_seen_at = now(), wanted = excluded.wanted, reported = excluded.reported,
                        found = excluded.found, vm_id = excluded.vm_id
                    """.formatted(NOBODY),
                    seer.name(),
                    column(sights, UUID[]::new, _ -> UuidV7.next()),
                    column(sights, String[]::new, sight -> sight.kind().name()),
                    column(
                            sights,
                            String[]::new,
                            sight -> sight.kind().severity().name()),
                    column(sights, UUID[]::new, DriftSight::host),
                    column(sights, UUID[]::new, DriftSight::vm),
                    column(sights, String[]::new, DriftSight::object),
                    column(sights, String[]::new, DriftSight::wanted),
                    column(sights, String[]::new, DriftSight::reported),
                    column(sights, String[]::new, DriftSight::real),
                    column(sights, String[]::new, sight -> sight.kind().rule().name()),
                    column(sights, String[]::new, sight -> status(sight.kind()).name()));
        }
        jdbc.update("""
                UPDATE drift SET status = 'HEALED', healed_at = now(), healed_by = CASE
                    WHEN resolution IS NOT NULL THEN 'ADMINISTRATOR' WHEN status = 'OPEN' THEN rule ELSE 'PUT_IN_ORDER' END
                WHERE status <> 'HEALED' AND seen_by = ? AND (?::uuid IS NULL OR host_id = ?) AND last_seen_at < now()
                    AND kind = ANY (?::text[])
                """, seer.name(), host, host, kinds.stream().map(Enum::name).toArray(String[]::new));
    }

    private static DriftStatus status(DriftKind kind) {
        return switch (kind.rule().outcome()) {
            case HEALS -> DriftStatus.OPEN;
            case QUARANTINES -> DriftStatus.QUARANTINED;
        };
    }

    /** All that a host has told before lasts. */
    void seenAgain(UUID host) {
        jdbc.update(
                "UPDATE drift SET last_seen_at = now() WHERE host_id = ? AND status <> 'HEALED' AND seen_by = 'HOST'",
                host);
    }

    /** Found and in order again. Within minutes of the last time it is one entry that counts. */
    void healed(UUID id, Seer seer, DriftSight sight, Instant since) {
        DriftRule rule = sight.kind().rule();
        jdbc.update(
                """
                WITH known AS (SELECT 1 FROM drift WHERE id = ?), again AS (
                    UPDATE drift SET times = times + 1, last_seen_at = now(), healed_at = now(), found = ?
                    WHERE NOT EXISTS (SELECT FROM known) AND id = (
                        SELECT id FROM drift WHERE kind = ? AND object = ? AND host_id IS NOT DISTINCT FROM ? AND status = 'HEALED'
                            AND healed_at > now() - interval '10 minutes' ORDER BY id DESC LIMIT 1)
                    RETURNING 1)
                INSERT INTO drift (id, kind, severity, seen_by, host_id, vm_id, object, wanted, reported, found, rule, status, since,
                    last_seen_at, healed_at, healed_by)
                SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'HEALED', ?, now(), now(), ?
                WHERE NOT EXISTS (SELECT FROM again) AND NOT EXISTS (SELECT FROM known)
                """,
                id,
                sight.real(),
                sight.kind().name(),
                sight.object(),
                sight.host(),
                id,
                sight.kind().name(),
                sight.kind().severity().name(),
                seer.name(),
                sight.host(),
                sight.vm(),
                sight.object(),
                sight.wanted(),
                sight.reported(),
                sight.real(),
                rule.name(),
                java.sql.Timestamp.from(since),
                rule.name());
    }

    private static <T> Object column(
            List<DriftSight> sights,
            java.util.function.IntFunction<T[]> array,
            Function<DriftSight, @Nullable T> value) {
        return sights.stream().map(value).toArray(array);
    }

    List<DriftEntry> lasting(Collection<DriftKind> kinds) {
        return jdbc.query(
                SELECT + " WHERE d.status <> 'HEALED' AND d.kind = ANY (?::text[]) ORDER BY d.id",
                (row, _) -> read(row),
                (Object) kinds.stream().map(Enum::name).toArray(String[]::new));
    }

    static DriftEntry read(ResultSet row) throws SQLException {
        UUID host = row.getObject("host_id", UUID.class);
        UUID vm = row.getObject("vm_id", UUID.class);
        String resolution = row.getString("resolution");
        OffsetDateTime healedAt = row.getObject("healed_at", OffsetDateTime.class);
        return new DriftEntry(
                row.getObject("id", UUID.class),
                DriftKind.valueOf(row.getString("kind")),
                host == null ? null : new HostId(host),
                row.getString("host_name"),
                vm == null ? null : new VmId(vm),
                row.getString("object"),
                row.getString("wanted"),
                row.getString("reported"),
                row.getString("found"),
                DriftStatus.valueOf(row.getString("status")),
                row.getObject("since", OffsetDateTime.class).toInstant(),
                row.getObject("last_seen_at", OffsetDateTime.class).toInstant(),
                row.getInt("times"),
                healedAt == null ? null : healedAt.toInstant(),
                row.getString("healed_by"),
                resolution == null ? null : DriftEntry.Resolution.valueOf(resolution),
                row.getString("resolution_note"));
    }
}
