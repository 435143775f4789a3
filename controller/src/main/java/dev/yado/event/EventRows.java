package dev.yado.event;

import dev.yado.protocol.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Reads and prunes the table of events. */
@Component
class EventRows {
    private static final int PRUNED_AT_ONCE = 10_000;

    private final JdbcClient jdbc;

    EventRows(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** After all events that can be read now, before all that can be read later. */
    EventPlace present() {
        return jdbc.sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1")
                .query((row, _) -> new EventPlace(row.getLong(1), Long.MAX_VALUE))
                .single();
    }

    /** The oldest events after the place, in order. None that comes later stands before one of them. */
    List<Event> after(EventPlace place, int limit) {
        return jdbc.sql("""
                        SELECT xid::text AS xid, seq, at, tenant_id, type, object_kind, object_id, data::text
                        FROM event
                        WHERE (xid, seq) > (:xid::text::xid8, :seq) AND xid < pg_snapshot_xmin(pg_current_snapshot())
                        ORDER BY event.xid, seq LIMIT :limit
                        """)
                .param("xid", Long.toString(place.transaction()))
                .param("seq", place.sequence())
                .param("limit", limit)
                .query((row, _) -> event(row))
                .list();
    }

    private static Event event(ResultSet row) throws SQLException {
        UUID tenant = row.getObject("tenant_id", UUID.class);
        return new Event(
                new EventPlace(Long.parseLong(row.getString("xid")), row.getLong("seq")),
                row.getString("type"),
                row.getObject("at", OffsetDateTime.class).toInstant(),
                tenant == null ? null : new TenantId(tenant),
                row.getString("object_kind"),
                row.getObject("object_id", UUID.class),
                row.getString("data"));
    }

    /** False when events after the place were pruned, or the place is of another life of the database (restored from a copy). */
    boolean canResumeFrom(EventPlace place) {
        return jdbc.sql("""
                        SELECT (:xid::text::xid8, :seq) >= (xid, seq)
                            AND :xid::text::xid8 < pg_snapshot_xmax(pg_current_snapshot())
                        FROM event_horizon
                        """)
                .param("xid", Long.toString(place.transaction()))
                .param("seq", place.sequence())
                .query(Boolean.class)
                .single();
    }

    /** Removes some of the events that are older, oldest first; returns how many. */
    int prune(Duration olderThan) {
        return jdbc.sql("""
                        WITH old AS (
                            SELECT xid, seq FROM (SELECT xid, seq, at FROM event ORDER BY xid, seq LIMIT :limit) oldest
                            WHERE at < now() - :age * interval '1 second'),
                        gone AS (DELETE FROM event e USING old WHERE e.xid = old.xid AND e.seq = old.seq RETURNING e.xid, e.seq),
                        newest AS (SELECT xid, seq FROM gone ORDER BY xid DESC, seq DESC LIMIT 1),
                        moved AS (
                            UPDATE event_horizon h SET xid = n.xid, seq = n.seq FROM newest n
                            WHERE (n.xid, n.seq) > (h.xid, h.seq))
                        SELECT count(*) FROM gone
                        """)
                .param("limit", PRUNED_AT_ONCE)
                .param("age", olderThan.toSeconds())
                .query(Integer.class)
                .single();
    }
}
