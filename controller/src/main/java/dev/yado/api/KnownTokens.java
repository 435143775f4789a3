package dev.yado.api;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.zaxxer.hikari.HikariDataSource;
import dev.yado.protocol.TenantId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Whose a token is, without asking the database for every call. A revoked token ends at once: the database itself tells of every token
 * that ends, by whichever statement, and then all are forgotten; where this replica revokes, before the answer leaves. While the
 * database cannot be heard nothing is remembered, and nothing is remembered for long.
 */
@Component
class KnownTokens implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(KnownTokens.class);
    private static final Duration REMEMBERED = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int LISTEN_MILLIS = 2_000;
    private static final int SOCKET_SECONDS = 10;

    private final JdbcClient jdbc;
    private final DataSource dataSource;
    private final Cache<String, Caller> known = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REMEMBERED)
            .build();
    private final AtomicLong ends = new AtomicLong();
    private volatile boolean heard;
    private volatile boolean running;
    private @Nullable Thread listener;

    KnownTokens(JdbcClient jdbc, DataSource dataSource) {
        this.jdbc = jdbc;
        this.dataSource = dataSource;
    }

    /** Empty when it is unknown or was revoked. */
    Optional<Caller> callerOf(String text) {
        Caller remembered = known.getIfPresent(text);
        if (remembered != null && heard) {
            return Optional.of(remembered);
        }
        Optional<Token> token = Token.parse(text);
        if (token.isEmpty()) {
            return Optional.empty();
        }
        long before = ends.get();
        Optional<Caller> found = jdbc.sql("SELECT tenant_id FROM token WHERE hash = :hash")
                .param("hash", token.get().hash())
                .query((row, _) -> caller(row.getObject("tenant_id", UUID.class)))
                .optional();
        if (found.isPresent() && heard) {
            known.put(text, found.get());
            // It may have ended between the question and now.
            if (ends.get() != before) {
                known.invalidateAll();
            }
        }
        return found;
    }

    private static Caller caller(@Nullable UUID tenant) {
        return tenant == null ? new Caller.Administrator(null) : new Caller.Tenant(new TenantId(tenant));
    }

    @EventListener
    void ended(TokensEnded event) {
        AfterCommit.run(this::forget);
    }

    private void forget() {
        ends.incrementAndGet();
        known.invalidateAll();
    }

    @Override
    public void start() {
        running = true;
        listener = Thread.ofVirtual().name("tokens-listen").start(this::listen);
    }

    private void listen() {
        while (running) {
            try (Connection connection = ownConnection()) {
                listenOn(connection);
            } catch (SQLException e) {
                if (running) {
                    LOG.warn("every call asks for its token until PostgreSQL answers again: {}", e.getMessage());
                }
            } finally {
                heard = false;
                forget();
            }
            try {
                Thread.sleep(PATIENCE);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Outside of the pool: it is held for ever. */
    private Connection ownConnection() throws SQLException {
        HikariDataSource pool = dataSource.unwrap(HikariDataSource.class);
        return DriverManager.getConnection(pool.getJdbcUrl(), pool.getUsername(), pool.getPassword());
    }

    private void listenOn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN yado_tokens");
        }
        PGConnection postgres = connection.unwrap(PGConnection.class);
        forget();
        heard = true;
        while (running && connection.isValid(SOCKET_SECONDS)) {
            if (postgres.getNotifications(LISTEN_MILLIS).length > 0) {
                forget();
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        heard = false;
        Thread listening = listener;
        if (listening != null) {
            listening.interrupt();
            try {
                listening.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
