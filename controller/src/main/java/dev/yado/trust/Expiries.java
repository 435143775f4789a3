package dev.yado.trust;

import dev.yado.protocol.trust.Machine;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

/** Which machines will not be able to speak soon, or are not now, because they did not renew. Revoked ones are meant to be silent. */
@Service
public class Expiries {
    private final JdbcTemplate jdbc;

    Expiries(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** The newest certificate of a machine that is late: renewal is due at half of the life, late at three quarters. */
    public record Late(Machine machine, String name, Instant expiresAt, boolean expired) {
        public String sentence() {
            return "the certificate of " + name + (expired ? " expired at " : " is not renewed and expires at ")
                    + expiresAt;
        }
    }

    public List<Late> late() {
        return jdbc.query(
                """
                SELECT m.id, m.role, m.name, c.not_after, c.not_after <= now() AS expired
                FROM machine m CROSS JOIN LATERAL (
                    SELECT not_before, not_after FROM machine_certificate mc
                    WHERE mc.machine_id = m.id AND mc.revoked_at IS NULL ORDER BY not_after DESC LIMIT 1) c
                WHERE m.revoked_at IS NULL AND now() > c.not_before + (c.not_after - c.not_before) * 0.75
                """,
                (row, _) -> new Late(
                        new Machine(Machine.Role.valueOf(row.getString("role")), row.getObject("id", UUID.class)),
                        row.getString("name"),
                        row.getObject("not_after", OffsetDateTime.class).toInstant(),
                        row.getBoolean("expired")));
    }
}
