package dev.yado.protocol.trust;

import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.security.auth.x500.X500Principal;

/** A machine's key, the certificate for it and the CA that it trusts. */
public record Identity(PrivateKey key, X509Certificate certificate, X509Certificate ca) {
    private static final String COMMON_NAME = "CN=";

    /** @throws IllegalStateException when the certificate is not a machine's */
    public Machine machine() {
        try {
            return Machine.of(certificate);
        } catch (CertificateException e) {
            throw new IllegalStateException("an identity was made of a certificate that names no machine", e);
        }
    }

    /** The name that the machine joined under. */
    public String name() {
        return nameIn(certificate);
    }

    public static String nameIn(X509Certificate certificate) {
        String subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        return subject.startsWith(COMMON_NAME) ? subject.substring(COMMON_NAME.length()) : subject;
    }

    public Instant expiresAt() {
        return certificate.getNotAfter().toInstant();
    }

    /** Half of its life. */
    public Instant renewAt() {
        Instant begin = certificate.getNotBefore().toInstant();
        return begin.plus(Duration.between(begin, expiresAt()).dividedBy(2));
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "Identity[" + certificate.getSubjectX500Principal() + ", until " + expiresAt() + "]";
    }
}
