package dev.yado.network;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Networks, or routers, of which some host does not know the newest. Whoever tells hosts takes one for a while, and gives it back with
 * what came of it.
 *
 * @param <I> their ids
 */
public final class SyncQueue<I> {
    private final JdbcTemplate jdbc;
    private final String take;
    private final Function<UUID, I> id;

    /** One that was taken. @param touched how often it was by then */
    public record Due<I>(I id, UUID object, long touched, int failures) {}

    /** @param which a condition of SQL: the rows of {@code network_sync} that can be taken */
    public SyncQueue(JdbcTemplate jdbc, String which, Function<UUID, I> id) {
        this.jdbc = jdbc;
        this.id = id;
        this.take = """
                WITH due AS MATERIALIZED (
                    SELECT object_id FROM network_sync WHERE due_at <= now() AND %s ORDER BY due_at LIMIT ?
                    FOR NO KEY UPDATE SKIP LOCKED)
                UPDATE network_sync s SET due_at = now() + ? * interval '1 millisecond' FROM due
                WHERE s.object_id = due.object_id RETURNING s.object_id, s.touched, s.failures
                """.formatted(which);
    }

    /** Some, the longest due first, until {@code lease} is over or they are given back. */
    public List<Due<I>> take(int most, Duration lease) {
        return jdbc.query(
                take,
                (row, _) -> {
                    UUID object = row.getObject("object_id", UUID.class);
                    return new Due<>(id.apply(object), object, row.getLong("touched"), row.getInt("failures"));
                },
                most,
                lease.toMillis());
    }

    /** All hosts know; unless it was touched meanwhile, which is then due at once. */
    public void done(Due<I> due) {
        jdbc.update("DELETE FROM network_sync WHERE object_id = ? AND touched = ?", due.object(), due.touched());
        jdbc.update(
                "UPDATE network_sync SET due_at = now() WHERE object_id = ? AND touched <> ? AND due_at > now()",
                due.object(),
                due.touched());
    }

    /** To be tried again after a pause. */
    public void again(Due<I> due, Duration pause) {
        jdbc.update("""
                UPDATE network_sync SET failures = failures + 1,
                    due_at = CASE WHEN touched = ? THEN now() + ? * interval '1 millisecond' ELSE now() END WHERE object_id = ?
                """, due.touched(), pause.toMillis(), due.object());
    }
}
