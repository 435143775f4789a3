package dev.yado.drift;

import dev.yado.protocol.inventory.DriftKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** What is wanted, what was reported and what is real, all VMs and hosts at once: four statements, however many there are. */
@Component
class Comparison {
    static final Set<DriftKind> KINDS = EnumSet.of(
            DriftKind.GENERATION_LOWERED,
            DriftKind.EPOCH_LOWERED,
            DriftKind.SPEC_DIFFERS,
            DriftKind.OBSERVED_EDITED,
            DriftKind.VM_LOST,
            DriftKind.GUEST_ENDED_UNASKED,
            DriftKind.GUEST_WITHOUT_ROW,
            DriftKind.GUEST_ON_TWO_HOSTS,
            DriftKind.ALLOCATION_MISSING,
            DriftKind.ALLOCATION_MOVED,
            DriftKind.WORD_OF_STRANGER,
            DriftKind.NETWORK_NOT_CARRIED,
            DriftKind.HOST_SILENT,
            DriftKind.HOST_LOST,
            DriftKind.HOST_CLOCK_OFF);

    /** VMs where they are placed and not on the move. A host without inventory (g, i null) is judged by its reports alone; a silent one not at all. */
    private static final String PLACED = """
            WITH placed AS (
                SELECT v.id AS vm_id, v.desired_state, v.generation, v.run_epoch, v.observed_state, v.observed_generation,
                    v.observed_run_epoch, v.observed_settled, v.observed_at, v.cause_code, v.cause_detail, a.host_id, i.received_at,
                    g.vm_id AS found_vm, g.state AS found_state, g.generation AS found_generation, g.run_epoch AS found_epoch,
                    g.spec_differs, g.pid, g.found_at, i.host_id IS NOT NULL AS looked
                FROM vm v JOIN allocation a ON a.vm_id = v.id JOIN host h ON h.id = a.host_id AND h.lease_until > now()
                    LEFT JOIN host_inventory i ON i.host_id = a.host_id
                    LEFT JOIN guest_found g ON g.host_id = a.host_id AND g.vm_id = v.id
                WHERE NOT EXISTS (SELECT FROM migration m WHERE m.vm_id = v.id
                        AND (m.state <> 'ENDED' OR m.ended_at > now() - interval '45 seconds'))
                    AND (greatest(v.observed_generation, g.generation) > v.generation
                    OR greatest(v.observed_run_epoch, g.run_epoch) > v.run_epoch
                    OR g.spec_differs
                    OR i.host_id IS NOT NULL AND (g.state, g.generation, g.run_epoch)
                        IS DISTINCT FROM (v.observed_state, v.observed_generation, v.observed_run_epoch)
                    OR v.observed_state IN ('ABSENT', 'CRASHED') OR v.observed_state = 'STOPPED' AND v.desired_state <> 'STOPPED'))
            SELECT k.kind, p.host_id, p.vm_id, 'VM ' || p.vm_id AS object, k.wanted, k.reported, k.found
            FROM placed p CROSS JOIN LATERAL (VALUES
                ('GENERATION_LOWERED', coalesce(p.found_generation, p.observed_generation) > p.generation,
                    'generation ' || p.generation, 'generation ' || coalesce(p.observed_generation::text, 'none'),
                    'generation ' || coalesce(p.found_generation::text, 'not looked at')),
                ('EPOCH_LOWERED', coalesce(p.found_epoch, p.observed_run_epoch) > p.run_epoch,
                    'run epoch ' || p.run_epoch, 'run epoch ' || coalesce(p.observed_run_epoch::text, 'none'),
                    'run epoch ' || coalesce(p.found_epoch::text, 'not looked at')),
                ('SPEC_DIFFERS', p.spec_differs AND p.found_generation = p.generation AND p.desired_state <> 'DELETED',
                    'the spec of generation ' || p.generation, 'generation ' || coalesce(p.observed_generation::text, 'none'),
                    'another spec of this generation'),
                ('OBSERVED_EDITED', p.found_vm IS NOT NULL AND p.observed_state IS NOT NULL
                        AND p.observed_at < p.received_at AND p.found_at < now() - interval '3 seconds'
                        AND (p.found_state, p.found_generation, p.found_epoch)
                            IS DISTINCT FROM (p.observed_state, p.observed_generation, p.observed_run_epoch),
                    p.desired_state, p.observed_state || ', generation ' || p.observed_generation || ', run epoch ' || p.observed_run_epoch,
                    p.found_state || ', generation ' || p.found_generation || ', run epoch ' || p.found_epoch),
                ('VM_LOST', p.desired_state <> 'DELETED' AND p.found_vm IS NULL
                        AND (p.observed_state = 'ABSENT' OR p.looked AND p.observed_state IS NOT NULL
                            AND p.observed_at < p.received_at - interval '10 seconds')
                        AND NOT EXISTS (SELECT FROM guest_found e WHERE e.vm_id = p.vm_id),
                    p.desired_state, coalesce(p.observed_state, 'nothing'), CASE WHEN p.looked THEN 'nothing' ELSE 'not looked at' END),
                ('GUEST_ENDED_UNASKED', p.desired_state IN ('RUNNING', 'PAUSED') AND p.observed_state IN ('CRASHED', 'STOPPED')
                        AND p.observed_settled AND p.observed_generation = p.generation,
                    p.desired_state, p.observed_state || coalesce(': ' || p.cause_code || ', ' || p.cause_detail, ''),
                    CASE WHEN p.pid IS NOT NULL THEN 'process ' || p.pid WHEN p.looked THEN 'no process' ELSE 'not looked at' END)
            ) AS k (kind, holds, wanted, reported, found) WHERE k.holds
            """;

    /** Guests where they are not placed. A host that has let go of a VM tells so with its next inventory, so that one is waited for. */
    private static final String STRAYED = """
            WITH held AS (
                SELECT host_id, vm_id, state, true AS seen, 'generation ' || generation || ', run epoch ' || run_epoch AS more
                FROM guest_found
                UNION ALL
                SELECT o.host_id, o.vm_id, o.state, i.host_id IS NULL OR i.received_at < o.last_seen_at, 'not looked at'
                FROM host_orphan o LEFT JOIN host_inventory i ON i.host_id = o.host_id
                WHERE NOT EXISTS (SELECT FROM guest_found g WHERE g.host_id = o.host_id AND g.vm_id = o.vm_id))
            SELECT CASE
                    WHEN NOT h.seen THEN 'WORD_OF_STRANGER'
                    WHEN v.id IS NULL THEN 'GUEST_WITHOUT_ROW'
                    WHEN a.vm_id IS NULL THEN 'ALLOCATION_MISSING'
                    WHEN EXISTS (SELECT FROM guest_found t WHERE t.vm_id = h.vm_id AND t.host_id = a.host_id) THEN 'GUEST_ON_TWO_HOSTS'
                    ELSE 'ALLOCATION_MOVED' END AS kind,
                h.host_id, h.vm_id, 'VM ' || h.vm_id AS object,
                CASE WHEN v.id IS NULL THEN 'no such VM' WHEN a.vm_id IS NULL THEN v.desired_state || ', on no host'
                    ELSE v.desired_state || ', on host ' || coalesce(p.name, a.host_id::text) END AS wanted,
                CASE WHEN h.seen THEN coalesce(v.observed_state, 'nothing') ELSE h.state END AS reported,
                CASE WHEN h.seen THEN h.state || ', ' || h.more ELSE 'nothing of it' END AS found
            FROM held h LEFT JOIN vm v ON v.id = h.vm_id LEFT JOIN allocation a ON a.vm_id = h.vm_id
                LEFT JOIN host p ON p.id = a.host_id
            WHERE a.host_id IS DISTINCT FROM h.host_id
                AND NOT EXISTS (SELECT FROM migration m WHERE m.vm_id = h.vm_id AND h.host_id IN (m.from_host, m.to_host)
                    AND (m.state <> 'ENDED' OR m.ended_at > now() - interval '45 seconds'))
                AND NOT EXISTS (SELECT FROM operation o WHERE o.target_id = h.vm_id AND o.kind = 'DeleteVm'
                    AND o.status = 'SUCCEEDED' AND o.ended_at > now() - interval '45 seconds')
            """;

    private static final String HOSTS = """
            SELECT CASE WHEN h.lease_until < now() - ? * interval '1 second' THEN 'HOST_LOST' ELSE 'HOST_SILENT' END AS kind,
                h.id AS host_id, NULL::uuid AS vm_id, 'host ' || h.name AS object,
                'a report within its lease' AS wanted,
                'the last one at ' || to_char(h.last_report_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC' AS reported,
                'not known: ' || (SELECT count(*) FROM allocation a WHERE a.host_id = h.id) || ' VMs are placed on it' AS found
            FROM host h WHERE h.lease_until < now()
            UNION ALL
            SELECT 'HOST_CLOCK_OFF', i.host_id, NULL, 'host ' || h.name, 'the time of the database',
                'the host''s time', 'off by ' || round(i.clock_skew_ms / 1000.0) || ' s'
            FROM host_inventory i JOIN host h ON h.id = i.host_id AND h.lease_until > now() WHERE abs(i.clock_skew_ms) > ?
            """;

    /** Networks at hosts that are heard of. What was told in vain a few times is drift; what changed a moment ago is not. */
    private static final String NETWORKS = """
            SELECT 'NETWORK_NOT_CARRIED' AS kind, t.host_id, NULL::uuid AS vm_id, 'network ' || t.network_id AS object,
                CASE WHEN n.id IS NULL THEN 'not carried' ELSE 'generation ' || n.generation END AS wanted,
                CASE WHEN t.acknowledged = 0 THEN 'nothing' ELSE 'generation ' || t.acknowledged END AS reported,
                coalesce(t.problem, 'not told yet') AS found
            FROM (SELECT network_id, host_id FROM host_network WHERE problem IS NOT NULL
                UNION SELECT w.network_id, w.host_id FROM network_sync s JOIN host_network w ON w.network_id = s.object_id
                    WHERE s.failures >= 3) late
                JOIN host_network t ON t.network_id = late.network_id AND t.host_id = late.host_id
                JOIN host h ON h.id = t.host_id AND h.lease_until > now()
                LEFT JOIN network n ON n.id = t.network_id
            WHERE t.problem IS NOT NULL OR n.id IS NULL OR t.acknowledged < n.generation
            """;

    private final JdbcTemplate jdbc;
    private final DriftSettings settings;

    Comparison(JdbcTemplate jdbc, DriftSettings settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    List<DriftSight> now() {
        List<DriftSight> sights = new ArrayList<>();
        sights.addAll(jdbc.query(PLACED, (row, _) -> read(row)));
        sights.addAll(jdbc.query(STRAYED, (row, _) -> read(row)));
        sights.addAll(jdbc.query(NETWORKS, (row, _) -> read(row)));
        sights.addAll(jdbc.query(
                HOSTS,
                (row, _) -> read(row),
                settings.lostAfter().toSeconds(),
                settings.clockTolerance().toMillis()));
        return sights;
    }

    private static DriftSight read(ResultSet row) throws SQLException {
        return new DriftSight(
                DriftKind.valueOf(row.getString("kind")),
                row.getObject("host_id", UUID.class),
                row.getObject("vm_id", UUID.class),
                row.getString("object"),
                text(row, "wanted"),
                text(row, "reported"),
                text(row, "found"));
    }

    private static String text(ResultSet row, String column) throws SQLException {
        String text = row.getString(column);
        return text == null ? "nothing" : text;
    }
}
