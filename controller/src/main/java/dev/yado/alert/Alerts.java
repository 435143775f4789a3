package dev.yado.alert;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.protocol.UuidV7;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Raises and ends alerts, in the caller's transaction if there is one. Both may be repeated at every look. */
@Service
public class Alerts {
    private static final Logger LOG = LoggerFactory.getLogger(Alerts.class);

    private final JdbcTemplate jdbc;

    Alerts(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Opens the alert, or gives the open one its newest detail; since when it holds stays. */
    public void raise(AlertCode code, Subject subject, String detail) {
        List<Boolean> opened = jdbc.queryForList(
                """
                INSERT INTO alert (id, code, severity, subject_kind, subject_id, detail) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (code, subject_kind, subject_id) WHERE ended_at IS NULL
                DO UPDATE SET detail = excluded.detail, severity = excluded.severity
                    WHERE (alert.detail, alert.severity) IS DISTINCT FROM (excluded.detail, excluded.severity)
                RETURNING xmax = 0
                """,
                Boolean.class,
                UuidV7.next(),
                code.name(),
                code.severity().name(),
                subject.kind(),
                subject.id(),
                detail);
        if (opened.contains(true)) {
            LOG.warn("alert {} {}: {}", code, subject, detail);
        }
    }

    /** It is over, or never was. */
    public void clear(AlertCode code, Subject subject) {
        ended(code, jdbc.queryForList("""
                        UPDATE alert SET ended_at = now()
                        WHERE code = ? AND subject_kind = ? AND subject_id = ? AND ended_at IS NULL RETURNING subject_id
                        """, String.class, code.name(), subject.kind(), subject.id()));
    }

    /** For a look at all that there is: what holds now, subject by subject. Whatever else is open under the code is over. */
    public void holds(AlertCode code, Map<Subject, String> details) {
        details.forEach((subject, detail) -> raise(code, subject, detail));
        String[] subjects = details.keySet().stream().map(Subject::toString).toArray(String[]::new);
        ended(code, jdbc.queryForList("""
                        UPDATE alert SET ended_at = now()
                        WHERE code = ? AND ended_at IS NULL AND NOT subject_kind || ' ' || subject_id = ANY (?::text[])
                        RETURNING subject_id
                        """, String.class, code.name(), subjects));
    }

    /** Ends the life of those that were over before the time. @return how many are gone */
    public int prune(Duration keep) {
        return jdbc.update("DELETE FROM alert WHERE ended_at < now() - ? * interval '1 second'", keep.toSeconds());
    }

    private static void ended(AlertCode code, List<String> subjects) {
        if (!subjects.isEmpty()) {
            LOG.info("alert {} is over: {}", code, subjects);
        }
    }

    /**
     * Newest first.
     *
     * @param ended also those that are over
     */
    public Page<Alert> list(Caller caller, PageRequest request, boolean ended) {
        caller.requireAdministrator();
        StringBuilder sql = new StringBuilder("SELECT * FROM alert WHERE true");
        List<Object> arguments = new ArrayList<>();
        if (!ended) {
            sql.append(" AND ended_at IS NULL");
        }
        if (request.after() != null) {
            sql.append(" AND id < ?");
            arguments.add(request.after());
        }
        sql.append(" ORDER BY id DESC LIMIT ?");
        arguments.add(request.rowsToRead());
        return Page.of(request, jdbc.query(sql.toString(), (row, _) -> alert(row), arguments.toArray()), Alert::id);
    }

    private static Alert alert(ResultSet row) throws SQLException {
        return new Alert(
                row.getObject("id", UUID.class),
                row.getString("code"),
                Severity.valueOf(row.getString("severity")),
                new Subject(row.getString("subject_kind"), row.getString("subject_id")),
                row.getString("detail"),
                row.getObject("since", OffsetDateTime.class).toInstant(),
                instant(row.getObject("ended_at", OffsetDateTime.class)));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }
}
