package dev.yado;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.JdbcDatabaseContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * One PostgreSQL for the whole test run, a database of its own for each class that asks. By default the embedded one; with
 * {@code -Dyado.test.postgres=postgres:15} (any image name) the same tests run on a container, where a Docker engine is there.
 */
public final class PostgresForTests {
    private static final String IMAGE = System.getProperty("yado.test.postgres", "");
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static @Nullable Server server;

    private PostgresForTests() {}

    private interface Server {
        String url(String database);
    }

    /** The JDBC address, with user and password, of a new and empty database. */
    public static String emptyDatabase() {
        String name = "yado" + COUNT.incrementAndGet();
        Server running = server();
        try (Connection connection = DriverManager.getConnection(running.url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("cannot make the test database " + name, e);
        }
        return running.url(name);
    }

    /** A new database with the product's tables. */
    public static DataSource migratedDatabase() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(emptyDatabase());
        Flyway.configure()
                .dataSource(source)
                .locations("classpath:db/migration")
                .load()
                .migrate();
        return source;
    }

    private static synchronized Server server() {
        if (server == null) {
            server = IMAGE.isEmpty() ? embedded() : container();
        }
        return server;
    }

    private static Server embedded() {
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("fsync", System.getProperty("yado.test.fsync", "off"))
                    .start();
            return database -> postgres.getJdbcUrl("postgres", database);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the embedded PostgreSQL", e);
        }
    }

    private static Server container() {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            throw new IllegalStateException(
                    "yado.test.postgres=" + IMAGE + " needs a Docker engine, and there is none");
        }
        JdbcDatabaseContainer<?> container =
                new PostgreSQLContainer(IMAGE).withCommand("postgres", "-c", "max_connections=200");
        container.start();
        String address = "jdbc:postgresql://" + container.getHost() + ":" + container.getMappedPort(5432) + "/";
        String login = "?user=" + container.getUsername() + "&password=" + container.getPassword();
        return database -> address + database + login;
    }
}
