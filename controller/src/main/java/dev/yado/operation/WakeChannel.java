package dev.yado.operation;

import com.zaxxer.hikari.HikariDataSource;
import dev.yado.protocol.OperationId;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Tells runners that something is due: this replica's at once, those of others by NOTIFY. It only wakes; whoever misses it polls.
 * NOTIFY is sent outside of the transactions that cause it and at most every {@link #PAUSE}, since PostgreSQL lets only one
 * notifying transaction commit at a time.
 */
@Component
class WakeChannel {
    private static final Logger LOG = LoggerFactory.getLogger(WakeChannel.class);
    private static final String CHANNEL = "yado_operation";
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final int LISTEN_MILLIS = 5_000;

    private final DataSource dataSource;
    private final String self = UUID.randomUUID().toString();
    private final Semaphore due = new Semaphore(0);
    private final Semaphore unsent = new Semaphore(0);
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean running = new AtomicBoolean();
    private @Nullable Thread listener;
    private @Nullable Thread notifier;

    WakeChannel(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    void start() {
        if (running.compareAndSet(false, true)) {
            listener = Thread.ofVirtual().name("operations-listen").start(this::listen);
            notifier = Thread.ofVirtual().name("operations-notify").start(this::send);
        }
    }

    void stop() throws InterruptedException {
        running.set(false);
        Thread listening = listener;
        if (listening != null) {
            // Its connection is its own, so it may be broken off.
            listening.interrupt();
            listening.join();
        }
        Thread notifying = notifier;
        if (notifying != null) {
            unsent.release();
            notifying.join();
        }
    }

    /** Who waits for the end of an operation. A class, so that each is one of its own. */
    private static final class Watcher {
        final OperationId operation;
        final Semaphore change = new Semaphore(0);

        Watcher(OperationId operation) {
            this.operation = operation;
        }
    }

    /** Something is due: told to all once the present transaction has committed, if there is one. */
    void signalAfterCommit() {
        afterCommit(this::signal);
    }

    /** Operations have ended by somebody else's hand than their runner's: told to all once the present transaction has committed. */
    void changedAfterCommit() {
        afterCommit(() -> {
            signal();
            changed();
        });
    }

    static void afterCommit(Runnable tell) {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    tell.run();
                }
            });
        } else {
            tell.run();
        }
    }

    void signal() {
        signalHere();
        unsent.release();
    }

    /** For what only this replica can know, such as the end of a delay. */
    void signalHere() {
        due.release();
    }

    /** For what was due before and had no room. */
    void lookAgain() {
        due.release();
    }

    /** The operation has ended: wakes those who watch it, in this replica only. */
    void ended(OperationId operation) {
        for (Watcher watcher : watchers) {
            if (watcher.operation.equals(operation)) {
                watcher.change.release();
            }
        }
    }

    /** Any operation may have ended. */
    private void changed() {
        watchers.forEach(watcher -> watcher.change.release());
    }

    /** Returns when something may be due, at the latest after the time. */
    void awaitDue(Duration atMost) throws InterruptedException {
        if (due.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            due.drainPermits();
        }
    }

    /**
     * Returns when the operation has ended, or after the time. Looks again when it has ended here, when others tell of any change, and
     * twice a second: so many may watch without each change costing each of them a look.
     */
    void watch(OperationId operation, BooleanSupplier hasEnded, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        Watcher watcher = new Watcher(operation);
        watchers.add(watcher);
        try {
            while (!hasEnded.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                if (watcher.change.tryAcquire(Math.min(left, 500), TimeUnit.MILLISECONDS)) {
                    watcher.change.drainPermits();
                }
            }
        } finally {
            watchers.remove(watcher);
        }
    }

    private void send() {
        while (running.get()) {
            try {
                unsent.acquire();
                unsent.drainPermits();
                if (!running.get()) {
                    return;
                }
                try (Connection connection = dataSource.getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute("SELECT pg_notify('" + CHANNEL + "', '" + self + "')");
                }
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                return;
            } catch (SQLException e) {
                LOG.debug("not notified, other replicas poll", e);
            }
        }
    }

    private void listen() {
        while (running.get()) {
            try (Connection connection = dedicatedConnection()) {
                listenOn(connection);
            } catch (SQLException e) {
                if (running.get()) {
                    LOG.warn("no wake-ups from other replicas until PostgreSQL answers again: {}", e.getMessage());
                }
            }
            try {
                Thread.sleep(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Outside of the pool: it is held for ever, and an interrupt breaks it. */
    private Connection dedicatedConnection() throws SQLException {
        HikariDataSource pool = dataSource.unwrap(HikariDataSource.class);
        return DriverManager.getConnection(pool.getJdbcUrl(), pool.getUsername(), pool.getPassword());
    }

    private void listenOn(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN " + CHANNEL);
        }
        PGConnection postgres = connection.unwrap(PGConnection.class);
        signalHere();
        changed();
        while (running.get() && connection.isValid(LISTEN_MILLIS / 1000)) {
            for (PGNotification notification : postgres.getNotifications(LISTEN_MILLIS)) {
                if (!notification.getParameter().equals(self)) {
                    signalHere();
                    changed();
                    break;
                }
            }
        }
    }
}
