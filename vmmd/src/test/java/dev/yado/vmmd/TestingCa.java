package dev.yado.vmmd;

import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A CA that issues whatever a test needs, also what no controller would. */
public final class TestingCa {
    private static final X500Name NAME = new X500Name("CN=Testing CA");
    private static final Duration DAY = Duration.ofDays(1);
    private final KeyPair keys = keys();
    private final X509Certificate certificate =
            sign(keys.getPublic(), NAME, true, null, Instant.now().plus(DAY));

    public X509Certificate certificate() {
        return certificate;
    }

    public Identity host(UUID id, String name) {
        return identity(new Machine(Machine.Role.HOST, id), name, Instant.now().plus(DAY));
    }

    public Identity controller() {
        return identity(
                new Machine(Machine.Role.CONTROLLER, UUID.randomUUID()),
                "controller",
                Instant.now().plus(DAY));
    }

    /** @param until in the past for one that has expired */
    public Identity identity(Machine machine, String name, Instant until) {
        KeyPair own = keys();
        return new Identity(own.getPrivate(), issue(own.getPublic(), machine, name, until), certificate);
    }

    public X509Certificate issue(PublicKey key, Machine machine, String name, Instant until) {
        return sign(key, new X500Name("CN=" + name), false, machine.urn(), until);
    }

    private X509Certificate sign(PublicKey key, X500Name subject, boolean ca, @Nullable String urn, Instant until) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                            NAME,
                            new BigInteger(120, new SecureRandom()),
                            Date.from(until.minus(DAY).minus(DAY)),
                            Date.from(until),
                            subject,
                            key)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
            if (!ca) {
                builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(new KeyPurposeId[] {
                            KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                        }))
                        .addExtension(
                                Extension.subjectAlternativeName,
                                false,
                                new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, urn)));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Trusts everybody, so that what is refused is refused by the other side. */
    static SSLContext showing(Identity identity) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            X509Certificate[] chain = {identity.certificate(), identity.ca()};
            store.setKeyEntry("own", identity.key(), new char[0], chain);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
            keys.init(store, new char[0]);
            return context(keys.getKeyManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static SSLContext context(KeyManager[] keys) {
        try {
            SSLContext context = SSLContext.getInstance(MachineTls.PROTOCOL);
            context.init(keys, new TrustManager[] {new TrustAll()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
