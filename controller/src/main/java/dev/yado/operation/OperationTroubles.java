package dev.yado.operation;

import dev.yado.protocol.OperationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Finds operations that need somebody: an operation has a deadline, a heartbeat and an end, and one that misses them is told. */
@Service
public class OperationTroubles {
    /** Of each kind, the oldest: who mends those finds the next. */
    private static final int AT_MOST = 100;

    private final JdbcTemplate jdbc;
    private final FlowCatalog catalog;

    OperationTroubles(JdbcTemplate jdbc, FlowCatalog catalog) {
        this.jdbc = jdbc;
        this.catalog = catalog;
    }

    public enum Kind {
        /** Its step's deadline is over and no runner has ended it. */
        PAST_DEADLINE,
        /** It is due, or its runner's lease is over, and nobody takes it. */
        UNCLAIMED,
        WAITS_LONG,
        /** This controller does not know how it goes on. */
        VERSION_UNKNOWN
    }

    /** @param detail a sentence for people */
    public record Trouble(OperationId operation, String detail) {}

    /**
     * @param overdue how long a runner may be late
     * @param longWait how long a step may wait before somebody should look
     */
    public List<Trouble> find(Kind kind, Duration overdue, Duration longWait) {
        return switch (kind) {
            case PAST_DEADLINE ->
                find(
                        "step_deadline_at < now() - ? * interval '1 second' ORDER BY step_deadline_at",
                        "format('%s is at step %s, whose deadline was %s', kind, lower(step), step_deadline_at)",
                        overdue.toSeconds());
            case UNCLAIMED ->
                find(
                        "wake_at < now() - ? * interval '1 second' ORDER BY wake_at",
                        "format('%s is due since %s at step %s', kind, wake_at, lower(step))"
                                + " || coalesce('; ' || lease_owner || ' held it last', '; nobody has taken it')",
                        overdue.toSeconds());
            case WAITS_LONG ->
                find(
                        "status = 'WAITING' AND waiting_since < now() - ? * interval '1 second' ORDER BY waiting_since",
                        "format('%s waits at step %s since %s: %s', kind, lower(step), waiting_since, wait_reason)",
                        longWait.toSeconds());
            case VERSION_UNKNOWN -> unknown();
        };
    }

    private List<Trouble> find(String condition, String detail, long seconds) {
        return jdbc.query(
                "SELECT id, " + detail + " AS detail FROM operation WHERE ended_at IS NULL AND " + condition + " LIMIT "
                        + AT_MOST,
                (row, _) -> new Trouble(new OperationId(row.getObject("id", UUID.class)), row.getString("detail")),
                seconds);
    }

    private List<Trouble> unknown() {
        record Definition(String kind, int version, UUID oldest, long count) {}
        List<Trouble> troubles = new ArrayList<>();
        jdbc.query(
                        """
                        SELECT kind, definition_version, min(id::text)::uuid AS oldest, count(*) AS operations FROM operation
                        WHERE ended_at IS NULL GROUP BY kind, definition_version
                        """,
                        (row, _) -> new Definition(
                                row.getString("kind"),
                                row.getInt("definition_version"),
                                row.getObject("oldest", UUID.class),
                                row.getLong("operations")))
                .forEach(found -> {
                    if (catalog.find(found.kind(), found.version()).isEmpty()) {
                        troubles.add(new Trouble(
                                new OperationId(found.oldest()),
                                "no step of " + found.kind() + " version " + found.version()
                                        + " is known here; operations of it: " + found.count()));
                    }
                });
        return troubles;
    }
}
