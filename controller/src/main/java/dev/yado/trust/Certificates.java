package dev.yado.trust;

import dev.yado.protocol.HostOptions;
import dev.yado.protocol.trust.IssuedCertificate;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.Pem;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.sql.Timestamp;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The register of what was issued to hosts and simulators. */
@Component
class Certificates {
    private final JdbcTemplate jdbc;
    private final CertificateAuthority ca;
    private final TrustSettings settings;

    Certificates(JdbcTemplate jdbc, CertificateAuthority ca, TrustSettings settings) {
        this.jdbc = jdbc;
        this.ca = ca;
        this.settings = settings;
    }

    static String serial(X509Certificate certificate) {
        return certificate.getSerialNumber().toString(16);
    }

    /** In the caller's transaction. @param options that the machine is given along */
    IssuedCertificate issue(Machine machine, String name, PublicKey key, @Nullable HostOptions options) {
        X509Certificate issued = ca.issue(key, machine, name, settings.hostLifetime());
        jdbc.update(
                "DELETE FROM machine_certificate WHERE machine_id = ? AND not_after < now() - interval '30 days'",
                machine.id());
        jdbc.update(
                "INSERT INTO machine_certificate (serial, machine_id, not_before, not_after) VALUES (?, ?, ?, ?)",
                serial(issued),
                machine.id(),
                Timestamp.from(issued.getNotBefore().toInstant()),
                Timestamp.from(issued.getNotAfter().toInstant()));
        return new IssuedCertificate(Pem.of(issued), Pem.of(ca.certificate()), options);
    }

    /** In the caller's transaction: all that the machine holds. */
    void revoke(UUID machine) {
        jdbc.update(
                "UPDATE machine_certificate SET revoked_at = now() WHERE machine_id = ? AND revoked_at IS NULL",
                machine);
        jdbc.update("UPDATE machine SET revoked_at = now() WHERE id = ?", machine);
    }
}
