package dev.yado.recovery;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/** The controllers' backups of themselves: asked for, or when one is due; how many are kept; and what is told when none comes. */
@Service
public class ControllerBackups {
    private static final Logger LOG = LoggerFactory.getLogger(ControllerBackups.class);
    /** Held by the replica that takes one, as long as its session lasts. */
    private static final long LOCK = 0x7961_646F_6261_636BL;

    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);
    private static final Subject SELF = new Subject("controller", "database");

    private final ControllerBackupRows rows;
    private final ControllerTaking taking;
    private final RecoverySettings settings;
    private final Alerts alerts;
    private final DataSource database;

    ControllerBackups(
            ControllerBackupRows rows,
            ControllerTaking taking,
            RecoverySettings settings,
            Alerts alerts,
            DataSource database) {
        this.rows = rows;
        this.taking = taking;
        this.settings = settings;
        this.alerts = alerts;
        this.database = database;
        Measure.set(Metric.CONTROLLER_BACKUP_AGE, Double.NaN);
    }

    /**
     * One is taken now, unless it is under way.
     *
     * @throws YadoException {@code REPOSITORY_UNAVAILABLE} when the controllers were given no repository
     */
    public ControllerBackup ask(Caller caller) {
        caller.requireAdministrator();
        if (settings.repository() == null) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_UNAVAILABLE,
                    "the controllers were given no repository: start them with --yado.controller-backup.repository=DIR"
                            + " or s3:FILE");
        }
        return rows.ask();
    }

    public Page<ControllerBackup> list(Caller caller, PageRequest request) {
        caller.requireAdministrator();
        return Page.of(request, rows.page(request), backup -> backup.id().value());
    }

    /** @throws YadoException {@code NOT_FOUND} */
    public ControllerBackup get(Caller caller, UUID id) {
        caller.requireAdministrator();
        return rows.find(id)
                .orElseThrow(
                        () -> new YadoException(ErrorCode.NOT_FOUND, "there is no such backup of the controllers"));
    }

    /** Takes what is asked for or due, if no other replica is at it. */
    public void carryOn() {
        if (settings.repository() == null) {
            return;
        }
        if (rows.newest().isEmpty()) {
            taking.makeKey(rows.newestWhole());
        }
        if (rows.open().isEmpty() && !isDue()) {
            return;
        }
        try (Connection session = database.getConnection()) {
            if (!locked(session, "SELECT pg_try_advisory_lock(?)")) {
                return;
            }
            try {
                rows.endAbandoned();
                take(session);
            } finally {
                locked(session, "SELECT pg_advisory_unlock(?)");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the database cannot be backed up", e);
        }
    }

    private boolean isDue() {
        return rows.age().compareTo(settings.first()) > 0
                && rows.sinceWhole().compareTo(settings.every()) > 0
                && rows.sinceAttempt().compareTo(AFTER_FAILURE) > 0;
    }

    private void take(Connection session) {
        if (rows.open().isEmpty() && !isDue()) {
            return;
        }
        ControllerBackup asked = rows.ask();
        rows.begins(asked.id());
        try (Repository repository = taking.open(rows.newestWhole())) {
            Manifest made = taking.take(asked.id(), repository, session, rows.newestWhole());
            rows.taken(made);
            LOG.info(
                    "the controllers' backup {} is in {}: {} bytes read, {} stored",
                    made.id(),
                    repository.where(),
                    made.figures().readBytes(),
                    made.figures().storedBytes());
            forgetOld(repository);
        } catch (YadoException e) {
            rows.failed(asked.id(), e.code() + ": " + e.getMessage());
        } catch (IOException | SQLException | RuntimeException e) {
            LOG.warn("the controllers' backup {} has failed", asked.id(), e);
            rows.failed(asked.id(), ErrorCode.BACKUP_FAILED + ": " + e);
        }
    }

    private void forgetOld(Repository repository) {
        rows.pruneFailed(settings.keep());
        List<ControllerBackup> surplus = rows.surplus(settings.keep());
        for (ControllerBackup old : surplus) {
            try {
                repository.forget(old.id());
                rows.remove(old.id());
            } catch (YadoException e) {
                LOG.info("the controllers' old backup {} stays for now: {}", old.id(), e.getMessage());
            }
        }
        if (!surplus.isEmpty()) {
            repository.collect();
        }
    }

    private static boolean locked(Connection session, String sql) throws SQLException {
        try (PreparedStatement statement = session.prepareStatement(sql)) {
            statement.setLong(1, LOCK);
            try (ResultSet answer = statement.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        }
    }

    /** Raises and ends the alert, and shows how old the newest is. */
    public void watch() {
        if (settings.repository() == null) {
            return;
        }
        Duration since = rows.sinceWhole();
        boolean any = rows.newestWhole().isPresent();
        Measure.set(Metric.CONTROLLER_BACKUP_AGE, any ? since.toSeconds() : Double.NaN);
        Duration late = any ? since.minus(settings.every()) : rows.age().minus(settings.first());
        alerts.holds(
                AlertCode.CONTROLLER_BACKUP_OVERDUE,
                late.compareTo(settings.grace()) > 0 ? Map.of(SELF, overdue(any, since)) : Map.of());
    }

    private String overdue(boolean any, Duration since) {
        String newest = any ? "the newest backup is of " + Instant.now().minus(since) : "there is no backup at all";
        return "the controllers' database and keys should be backed up every " + settings.every() + ", and " + newest
                + rows.newest()
                        .map(ControllerBackup::reason)
                        .map(reason -> "; the last attempt: " + reason)
                        .orElse("");
    }
}
