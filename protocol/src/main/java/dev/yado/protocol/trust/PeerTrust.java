package dev.yado.protocol.trust;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Takes a certificate of the one CA, valid now, for the side that it is used on, of a machine of an accepted role. Names and
 * addresses are not looked at: a machine is its id, wherever it is reached.
 */
final class PeerTrust extends X509ExtendedTrustManager {
    private static final String SERVER = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT = "1.3.6.1.5.5.7.3.2";
    private final Supplier<X509Certificate> ca;
    private final Predicate<Machine.Role> roles;

    PeerTrust(Supplier<X509Certificate> ca, Predicate<Machine.Role> roles) {
        this.ca = ca;
        this.roles = roles;
    }

    private void check(X509Certificate[] chain, String usage) throws CertificateException {
        X509Certificate peer = chain[0];
        try {
            PKIXParameters rules = new PKIXParameters(Set.of(new TrustAnchor(ca.get(), null)));
            // Revocation is the controllers' affair: they look at every call, not at every connection.
            rules.setRevocationEnabled(false);
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(peer)), rules);
        } catch (GeneralSecurityException e) {
            throw new CertificateException(
                    "the certificate of " + peer.getSubjectX500Principal() + " is not accepted: " + e.getMessage(), e);
        }
        List<String> usages = peer.getExtendedKeyUsage();
        if (usages == null || !usages.contains(usage)) {
            throw new CertificateException("the certificate is not for this side of a connection");
        }
        Machine machine = Machine.of(peer);
        if (!roles.test(machine.role())) {
            throw new CertificateException("a certificate of " + machine + " is not accepted here");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, CLIENT);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, CLIENT);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, CLIENT);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, SERVER);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, SERVER);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, SERVER);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[] {ca.get()};
    }
}
