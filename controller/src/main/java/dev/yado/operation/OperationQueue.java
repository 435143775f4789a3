package dev.yado.operation;

import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Who works on what, and when: the SQL of claims, leases and wake-ups. All times are the database's. Rows of several operations are
 * locked by one statement, in the order of their ids, in a transaction that holds none before; or without waiting.
 */
@Component
class OperationQueue {
    /** Of a row of {@code operation o}, as {@link #claimed} reads it. */
    static final String CLAIM_COLUMNS = """
            o.id, o.kind, o.definition_version, o.tenant_id, o.target_id, o.input::text, o.epoch, o.undoing, o.step, o.step_started_at,
            o.step_failures, o.wait_reason, o.wakes, o.trace_context, o.priority, o.step_deadline_at = o.deadline_at AS whole_deadline,
            extract(epoch FROM o.step_deadline_at - clock_timestamp()) AS time_left, o.cancel_requested_at IS NOT NULL AS cancelled
            """;

    static final String DUE_LANES = """
                WITH RECURSIVE head AS (
                    (SELECT priority, lane, wake_at FROM operation WHERE ended_at IS NULL ORDER BY priority, lane, wake_at LIMIT 1)
                    UNION ALL
                    SELECT next.* FROM head h CROSS JOIN LATERAL (
                        SELECT o.priority, o.lane, o.wake_at FROM operation o
                        WHERE o.ended_at IS NULL AND (o.priority, o.lane) > (h.priority, h.lane)
                        ORDER BY o.priority, o.lane, o.wake_at LIMIT 1) next)
                SELECT priority, lane FROM head WHERE wake_at <= now()
            """;

    private final JdbcTemplate jdbc;

    OperationQueue(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Lanes in which something is due, the most urgent first: a look at the head of each, however many are behind it. */
    List<Lane> dueLanes() {
        return jdbc.query(
                DUE_LANES,
                (row, _) -> new Lane(Priority.ofRank(row.getInt("priority")), row.getObject("lane", UUID.class)));
    }

    /** Takes what is due, from each lane the oldest and no more than its share, with a lease. */
    List<Claim> claim(String owner, Duration lease, Map<Lane, Integer> shares) {
        List<Lane> lanes = List.copyOf(shares.keySet());
        return jdbc.query(
                """
                WITH turn AS (SELECT * FROM unnest(?::smallint[], ?::uuid[], ?::int[]) AS t (priority, lane, share)),
                due AS (
                    SELECT d.id FROM turn t CROSS JOIN LATERAL (
                        SELECT o.id FROM operation o
                        WHERE o.ended_at IS NULL AND o.priority = t.priority AND o.lane = t.lane AND o.wake_at <= now()
                        ORDER BY o.wake_at LIMIT t.share FOR UPDATE SKIP LOCKED) d)
                UPDATE operation o
                SET epoch = o.epoch + 1, lease_owner = ?, wake_at = now() + ? * interval '1 second',
                    step_started_at = coalesce(o.step_started_at, now())
                FROM due WHERE o.id = due.id
                RETURNING\s""" + CLAIM_COLUMNS,
                (row, _) -> claimed(row),
                lanes.stream().map(lane -> (short) lane.priority().rank()).toArray(Short[]::new),
                lanes.stream().map(Lane::id).toArray(UUID[]::new),
                lanes.stream().map(shares::get).toArray(Integer[]::new),
                owner,
                OperationRows.seconds(lease));
    }

    static Claim claimed(ResultSet row) throws SQLException {
        UUID tenant = row.getObject("tenant_id", UUID.class);
        return new Claim(
                new OperationId(row.getObject("id", UUID.class)),
                row.getString("kind"),
                row.getInt("definition_version"),
                tenant == null ? null : new TenantId(tenant),
                row.getObject("target_id", UUID.class),
                row.getString("input"),
                row.getLong("epoch"),
                row.getBoolean("undoing"),
                row.getString("step"),
                row.getObject("step_started_at", OffsetDateTime.class).toInstant(),
                row.getInt("step_failures"),
                row.getString("wait_reason"),
                row.getLong("wakes"),
                OperationRows.duration(row.getDouble("time_left")),
                row.getBoolean("whole_deadline"),
                row.getString("trace_context"),
                Priority.ofRank(row.getInt("priority")),
                row.getBoolean("cancelled"));
    }

    /**
     * Prolongs the leases; returns those that nobody else has taken. One that its runner has just given back, to wait, is among them
     * and keeps its time: it is not held any more, and prolonging it would put off its wake-up. So is one whose row somebody else
     * writes at this moment: who holds one row and waits for another must not meet a renewal that does the same.
     */
    List<OperationId> renew(Map<OperationId, Long> epochs, Duration lease) {
        UUID[] ids = epochs.keySet().stream().map(OperationId::value).toArray(UUID[]::new);
        Long[] held = epochs.values().toArray(Long[]::new);
        return jdbc.query(
                """
                WITH mine AS MATERIALIZED (
                    SELECT o.id, o.epoch FROM operation o
                    JOIN unnest(?::uuid[], ?::bigint[]) AS h (id, epoch) ON o.id = h.id AND o.epoch = h.epoch
                    WHERE o.ended_at IS NULL),
                free AS MATERIALIZED (
                    SELECT o.id, o.lease_owner FROM operation o JOIN mine m ON o.id = m.id AND o.epoch = m.epoch
                    WHERE o.ended_at IS NULL ORDER BY o.id FOR UPDATE OF o SKIP LOCKED),
                renewed AS (
                    UPDATE operation o SET wake_at = now() + ? * interval '1 second'
                    FROM free WHERE o.id = free.id AND free.lease_owner IS NOT NULL)
                SELECT id FROM mine
                """,
                (row, _) -> new OperationId(row.getObject("id", UUID.class)),
                ids,
                held,
                OperationRows.seconds(lease));
    }

    /** Gives back at once what a replica of this name held. Safe also while it still lives: the next claim raises the epoch. */
    int release(String owner) {
        return jdbc.update("""
                WITH held AS MATERIALIZED (
                    SELECT id FROM operation WHERE lease_owner = ? AND ended_at IS NULL ORDER BY id FOR UPDATE)
                UPDATE operation o SET lease_owner = NULL, wake_at = now() FROM held WHERE o.id = held.id
                """, owner);
    }

    /**
     * @param free how many were woken
     * @param held those whose rows others hold at this moment: not woken
     */
    record Woken(int free, List<UUID> held) {}

    /** Waits for nobody, so any transaction may ask for it, whatever rows it holds. */
    Woken wakeFree(Collection<UUID> targets) {
        return wakeFreeWhere("target_id = ANY (?::uuid[])", targets.toArray(UUID[]::new));
    }

    /** As {@link #wakeFree}, for all that wait for the topic. */
    Woken wakeFreeOfTopic(String topic) {
        return wakeFreeWhere("wait_topic = ?", topic);
    }

    private Woken wakeFreeWhere(String condition, Object argument) {
        List<UUID> free = new ArrayList<>();
        List<UUID> held = new ArrayList<>();
        jdbc.query(
                """
                WITH meant AS MATERIALIZED (SELECT id FROM operation WHERE ended_at IS NULL AND %1$s),
                free AS MATERIALIZED (
                    SELECT id FROM operation WHERE ended_at IS NULL AND %1$s ORDER BY id FOR UPDATE SKIP LOCKED),
                woken AS (
                    UPDATE operation o SET wakes = wakes + 1, wake_at = CASE WHEN lease_owner IS NULL THEN now() ELSE wake_at END
                    FROM free WHERE o.id = free.id)
                SELECT m.id, f.id IS NOT NULL AS free FROM meant m LEFT JOIN free f ON f.id = m.id
                """.formatted(condition),
                row -> {
                    (row.getBoolean("free") ? free : held).add(row.getObject("id", UUID.class));
                },
                argument,
                argument);
        return new Woken(free.size(), held);
    }

    /** Waits for who holds their rows, in the order of ids: only for a transaction that holds no operation's row. */
    void wakeAll(Collection<UUID> operations) {
        jdbc.update("""
                WITH woken AS MATERIALIZED (
                    SELECT id FROM operation WHERE ended_at IS NULL AND id = ANY (?::uuid[]) ORDER BY id FOR UPDATE)
                UPDATE operation o SET wakes = wakes + 1, wake_at = CASE WHEN lease_owner IS NULL THEN now() ELSE wake_at END
                FROM woken WHERE o.id = woken.id
                """, (Object) operations.toArray(UUID[]::new));
    }
}
