package dev.yado.operation;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** Ends the life of operations that ended long ago. */
@Service
public class OperationPruning {
    private static final int PRUNED_AT_ONCE = 1_000;

    private final JdbcClient jdbc;
    private final PruningSettings settings;

    OperationPruning(JdbcClient jdbc, PruningSettings settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    /** Safe at any time, in every replica. @return how many are gone */
    public int prune() {
        return prune(settings.keep());
    }

    int prune(Duration keep) {
        int all = 0;
        int some;
        do {
            some = pruneSome(keep);
            all += some;
        } while (some == PRUNED_AT_ONCE);
        return all;
    }

    /** Ids begin with the time, so the primary key finds the old ones. */
    private int pruneSome(Duration keep) {
        long oldest = Instant.now().minus(keep).toEpochMilli();
        return jdbc.sql("""
                        DELETE FROM operation WHERE id IN (
                            SELECT id FROM operation o
                            WHERE id < :bound AND ended_at < now() - :keep * interval '1 second'
                                AND NOT EXISTS (SELECT FROM vm WHERE vm.operation_id = o.id)
                            ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
                        """)
                .param("bound", new UUID(oldest << 16, 0))
                .param("keep", keep.toSeconds())
                .param("limit", PRUNED_AT_ONCE)
                .update();
    }
}
