package dev.yado.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.PooledDatabase;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;

class PruneIdempotencyKeysTest {
    @Test
    void forgetsOldKeysAndKeepsThoseThatMayBeRepeated() {
        try (HikariDataSource database = PooledDatabase.open()) {
            JdbcTemplate jdbc = new JdbcTemplate(database);
            for (int hours : new int[] {1, 25, 47, 49, 500}) {
                jdbc.update("""
                        INSERT INTO idempotency_key (scope, key, request_hash, request, created_at)
                        VALUES (?, ?, '', '', now() - ? * interval '1 hour')
                        """, new UUID(0, 0), hours + " hours", hours);
            }

            new PruneIdempotencyKeys(jdbc).scan();

            assertThat(jdbc.queryForList("SELECT key FROM idempotency_key ORDER BY created_at DESC", String.class))
                    .containsExactly("1 hours", "25 hours", "47 hours");
        }
    }
}
