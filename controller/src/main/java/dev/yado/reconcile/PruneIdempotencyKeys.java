package dev.yado.reconcile;

import java.time.Duration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Forgets keys of calls that nobody repeats any more. */
@Component
class PruneIdempotencyKeys implements Reconciler {
    static final Duration KEPT = Duration.ofHours(48);
    private static final int AT_ONCE = 5_000;

    private final JdbcTemplate jdbc;

    PruneIdempotencyKeys(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Duration period() {
        return Duration.ofMinutes(10);
    }

    @Override
    public void scan() {
        int pruned;
        do {
            pruned = jdbc.update("""
                    DELETE FROM idempotency_key WHERE (scope, key) IN (
                        SELECT scope, key FROM idempotency_key WHERE created_at < now() - ? * interval '1 second'
                        LIMIT ? FOR UPDATE SKIP LOCKED)
                    """, KEPT.toSeconds(), AT_ONCE);
        } while (pruned == AT_ONCE);
    }
}
