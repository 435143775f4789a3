package dev.yado.vmmd.move;

import dev.yado.protocol.HostId;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * Signs this host's ends of the streams that memory and disks go over. Every host has its own, so that who trusts it trusts this
 * host and no other. Made at the first start of the daemon, kept in its state directory.
 */
public final class StreamAuthority {
    private static final String FILE = "streams.pem";
    private static final Duration LIFE = Duration.ofDays(20 * 365);
    /** Longer than any move; it is looked at when a stream is opened. */
    private static final Duration LEAF_LIFE = Duration.ofDays(2);
    /** Clocks of two hosts differ. */
    private static final Duration EARLIER = Duration.ofDays(1);

    private final HostId host;
    private final Identity authority;

    private StreamAuthority(HostId host, Identity authority) {
        this.host = host;
        this.authority = authority;
    }

    /** A key and the certificate for it, both PEM. */
    public record Leaf(String key, String certificate) {
        /** Never the key. */
        @Override
        public String toString() {
            return "Leaf[hidden]";
        }
    }

    /** @param state the daemon's directory */
    public static StreamAuthority open(Path state, HostId host) throws IOException {
        IdentityFile file = new IdentityFile(state.resolve("tls").resolve(FILE));
        Optional<Identity> known = file.read();
        if (known.isPresent()) {
            return new StreamAuthority(host, known.get());
        }
        try {
            KeyPair keys = keys();
            Instant now = Instant.now();
            X500Principal name = new X500Principal("CN=streams of host " + host);
            X509Certificate own = parsed(Der.authority(
                    name, keys.getPublic(), keys.getPrivate(), new Der.Validity(now.minus(EARLIER), now.plus(LIFE))));
            Identity fresh = new Identity(keys.getPrivate(), own, own);
            file.write(fresh);
            return new StreamAuthority(host, fresh);
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java cannot make certificates", e);
        }
    }

    /** What others trust, PEM. */
    public String certificates() {
        return Pem.of(authority.certificate());
    }

    /** The name in the certificates of this host's ends. */
    public String name() {
        return "host-" + host;
    }

    Leaf issue() throws IOException {
        try {
            KeyPair keys = keys();
            Instant now = Instant.now();
            X509Certificate certificate = parsed(Der.leaf(
                    authority.certificate().getSubjectX500Principal(),
                    name(),
                    keys.getPublic(),
                    authority.key(),
                    new Der.Validity(now.minus(EARLIER), now.plus(LEAF_LIFE))));
            return new Leaf(
                    Pem.ofEcKey(Der.key((ECPrivateKey) keys.getPrivate(), keys.getPublic())), Pem.of(certificate));
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java cannot make certificates", e);
        }
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate parsed(byte[] der) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }
}
