package dev.yado;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.flywaydb.core.Flyway;

/** A new database with the product's tables behind a pool like the controller's. */
public final class PooledDatabase {
    private PooledDatabase() {}

    public static HikariDataSource open() {
        return open(PostgresForTests.emptyDatabase());
    }

    /** The same on a database of a server of its own. */
    public static HikariDataSource open(String jdbcUrl) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(jdbcUrl);
        config.setMaximumPoolSize(16);
        config.setMinimumIdle(2);
        config.setConnectionTimeout(10_000);
        HikariDataSource pool = new HikariDataSource(config);
        Flyway.configure().dataSource(pool).load().migrate();
        return pool;
    }
}
