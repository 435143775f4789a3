package dev.yado.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

@ControllerTest
class WatchCertificatesTest {
    @Autowired
    private WatchCertificates watch;

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private JdbcTemplate jdbc;

    private final UUID host = UUID.randomUUID();

    @AfterEach
    void remove() {
        jdbc.update("DELETE FROM machine WHERE id = ?", host);
        watch.scan();
    }

    @Test
    void alertsBeforeAndAfterACertificateExpiresAndEndsWithANewOne() {
        jdbc.update("INSERT INTO machine (id, role, name) VALUES (?, 'HOST', ?)", host, "watched-" + host);
        issued("1", "-4 days", "3 days");
        assertThat(open()).as("renewal is due, and not late").isEmpty();

        issued("2", "-6 days", "1 day");
        jdbc.update("DELETE FROM machine_certificate WHERE serial = ?", serial("1"));
        assertThat(open()).containsExactly("HOST_CERTIFICATE_EXPIRES");

        jdbc.update("UPDATE machine_certificate SET not_after = now() WHERE serial = ?", serial("2"));
        assertThat(open()).containsExactly("HOST_CERTIFICATE_EXPIRED");

        issued("3", "0 days", "7 days");
        assertThat(open()).isEmpty();
    }

    @Test
    void saysNothingOfAHostThatWasRevoked() {
        jdbc.update("INSERT INTO machine (id, role, name) VALUES (?, 'HOST', ?)", host, "revoked-" + host);
        issued("1", "-8 days", "-1 days");
        assertThat(open()).containsExactly("HOST_CERTIFICATE_EXPIRED");

        administrator.post("/v1/hosts/" + host + "/revoke", "");

        assertThat(open()).isEmpty();
    }

    private void issued(String number, String from, String until) {
        jdbc.update(
                "INSERT INTO machine_certificate (serial, machine_id, not_before, not_after) VALUES (?, ?, now() + ?::interval,"
                        + " now() + ?::interval)",
                serial(number),
                host,
                from,
                until);
    }

    private String serial(String number) {
        return host + number;
    }

    private List<String> open() {
        watch.scan();
        return jdbc.queryForList(
                "SELECT code FROM alert WHERE subject_id = ? AND ended_at IS NULL", String.class, host.toString());
    }
}
