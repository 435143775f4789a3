package dev.yado.operation;

import jakarta.annotation.PreDestroy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The name under which this replica holds leases: the configured one, with a number after it while another living replica of this
 * database has that. So replicas need no configuration, and one that is started again finds its old name free and takes up at once
 * what it held. The database knows who lives by one connection each. Should two ever have one name, because the database was
 * restarted, the worst is that a lease is given back early: epochs keep every commit safe.
 */
@Component
class ReplicaName {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaName.class);
    private static final int MOST = 64;

    private final DataSource dataSource;
    private final String configured;
    private @Nullable Connection held;
    private @Nullable String name;

    ReplicaName(DataSource dataSource, OperationSettings settings) {
        this.dataSource = dataSource;
        this.configured = settings.instance();
    }

    /** The same name until {@link #close}. */
    synchronized String get() {
        String known = name;
        if (known == null) {
            known = take();
            name = known;
        }
        return known;
    }

    private String take() {
        try {
            Connection connection = dataSource.getConnection();
            held = connection;
            for (int i = 1; i <= MOST; i++) {
                String candidate = i == 1 ? configured : configured + "-" + i;
                if (locked(connection, candidate)) {
                    LOG.info("this replica is {}", candidate);
                    return candidate;
                }
            }
        } catch (SQLException e) {
            close();
            throw new IllegalStateException("cannot ask the database which replicas live", e);
        }
        close();
        throw new IllegalStateException(
                MOST + " living replicas are named " + configured + ": give this one another yado.operations.instance");
    }

    private static boolean locked(Connection connection, String candidate) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_try_advisory_lock(hashtext('yado replica'), hashtext(?))")) {
            statement.setString(1, candidate);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    @PreDestroy
    synchronized void close() {
        name = null;
        Connection connection = held;
        held = null;
        if (connection != null) {
            // Back to the pool it would keep the lock.
            try (connection;
                    PreparedStatement statement = connection.prepareStatement("SELECT pg_advisory_unlock_all()")) {
                statement.execute();
            } catch (SQLException gone) {
                LOG.debug("the name goes with its connection", gone);
            }
        }
    }
}
