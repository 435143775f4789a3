package dev.yado.trust;

import dev.yado.api.SecretFile;
import dev.yado.api.Settings;
import dev.yado.protocol.trust.CaHash;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The one row that holds the CA. The first replica makes it, under a lock that all replicas of the database share; its key is
 * encrypted with the key file, which is never in the database, so that a dump alone signs nothing.
 */
@Configuration(proxyBeanMethods = false)
class AuthorityRow {
    private static final Logger LOG = LoggerFactory.getLogger(AuthorityRow.class);
    /** "Yado CA" */
    private static final long LOCK = 0x5961646F204341L;

    private record Stored(X509Certificate certificate, SealedKey key) {}

    @Bean
    CertificateAuthority certificateAuthority(
            JdbcTemplate jdbc, TransactionTemplate transactions, TrustSettings trust, Settings settings) {
        return read(
                jdbc,
                transactions,
                Optional.ofNullable(trust.keyFile())
                        .orElseGet(() -> settings.state().resolve("ca-key")));
    }

    static CertificateAuthority read(JdbcTemplate jdbc, TransactionTemplate transactions, Path keyFile) {
        return Objects.requireNonNull(transactions.execute(_ -> {
            jdbc.queryForList("SELECT pg_advisory_xact_lock(?)::text", String.class, LOCK);
            List<Stored> stored = jdbc.query(
                    "SELECT certificate, sealed_key FROM certificate_authority",
                    (row, _) -> new Stored(certificate(row.getBytes(1)), new SealedKey(row.getBytes(2))));
            try {
                return stored.isEmpty()
                        ? make(jdbc, new SecretFile(keyFile))
                        : open(stored.getFirst(), new SecretFile(keyFile));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read or write the key file " + keyFile, e);
            }
        }));
    }

    private static CertificateAuthority make(JdbcTemplate jdbc, SecretFile file) throws IOException {
        byte[] fileKey = fileKey(file).orElse(null);
        if (fileKey == null) {
            fileKey = new byte[SealedKey.KEY_BYTES];
            new SecureRandom().nextBytes(fileKey);
            file.write(Base64.getEncoder().encodeToString(fileKey));
        }
        CertificateAuthority made = CertificateAuthority.make();
        try {
            jdbc.update(
                    "INSERT INTO certificate_authority (id, certificate, sealed_key) VALUES (1, ?, ?)",
                    made.certificate().getEncoded(),
                    SealedKey.seal(made.key(), made.certificate(), fileKey).bytes());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt the CA's key", e);
        }
        LOG.info(
                "made the CA of this cloud, {}; keep {} as safe as the database",
                CaHash.of(made.certificate()),
                file.path());
        return made;
    }

    private static CertificateAuthority open(Stored stored, SecretFile file) throws IOException {
        byte[] fileKey = fileKey(file)
                .orElseThrow(
                        () -> new IllegalStateException(
                                "the database has a CA and " + file.path()
                                        + " is missing: copy it from the replica that was started first, or name it by yado.trust.key-file"));
        try {
            return new CertificateAuthority(stored.certificate(), stored.key().open(stored.certificate(), fileKey));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    file.path() + " does not open the CA's key in the database: it is of another cloud", e);
        }
    }

    private static Optional<byte[]> fileKey(SecretFile file) throws IOException {
        return file.read().map(text -> {
            byte[] bytes;
            try {
                bytes = Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                bytes = new byte[0];
            }
            if (bytes.length != SealedKey.KEY_BYTES) {
                throw new IllegalStateException(
                        file.path() + " does not hold " + SealedKey.KEY_BYTES + " bytes in base64");
            }
            return bytes;
        });
    }

    private static X509Certificate certificate(byte[] der) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the CA's certificate in the database is damaged", e);
        }
    }
}
