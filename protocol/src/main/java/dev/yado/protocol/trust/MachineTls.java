package dev.yado.protocol.trust;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Predicate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.3 for one machine, both as server and as client, with an identity that can be replaced while calls go on. Connections that
 * are open live on; new ones use the new identity. It accepts machines of the same CA whose role this one talks to.
 */
public final class MachineTls {
    public static final String PROTOCOL = "TLSv1.3";
    private final SSLContext server;
    private volatile Held held;

    /** The factory is kept, because the JDK keeps connections by factory. */
    private record Held(Identity identity, SSLContext client, SSLSocketFactory sockets, SSLSocketFactory toHosts) {}

    public MachineTls(Identity first) {
        held = held(first);
        server = context(
                new OwnKey(() -> held.identity()),
                trust(role -> identity().machine().role().hears(role)));
    }

    public Identity identity() {
        return held.identity();
    }

    public synchronized void replace(Identity next) {
        held = held(next);
    }

    /** One for the life of this object: each handshake shows the newest certificate. */
    public SSLContext server() {
        return server;
    }

    /** For the JDK's HTTP server: nobody gets in without a certificate. */
    public HttpsConfigurator httpServer() {
        return new HttpsConfigurator(server) {
            @Override
            public void configure(HttpsParameters connection) {
                SSLParameters rules = getSSLContext().getDefaultSSLParameters();
                rules.setProtocols(new String[] {PROTOCOL});
                rules.setNeedClientAuth(true);
                connection.setSSLParameters(rules);
            }
        };
    }

    /**
     * Another one after each replacement. Ask for it with every call: connections that are kept open belong to the context that
     * opened them, so a new one begins with a new certificate long before the old one expires.
     */
    public SSLContext client() {
        return held.client();
    }

    /** Of {@link #client}, the same one until the next replacement. */
    public SSLSocketFactory sockets() {
        return held.sockets();
    }

    /** For calls from a host to another: whoever answers is a host. The same one until the next replacement. */
    public SSLSocketFactory toHosts() {
        return held.toHosts();
    }

    /**
     * Who is at the other end, looked at again with every call because a connection may outlive its certificate.
     *
     * @throws CertificateException when nobody was proven, the certificate has expired since, or this machine does not talk to it
     */
    public Machine peer(@Nullable SSLSession session) throws CertificateException {
        try {
            Certificate[] chain = session == null ? new Certificate[0] : session.getPeerCertificates();
            if (chain.length == 0 || !(chain[0] instanceof X509Certificate certificate)) {
                throw new CertificateException("the call came without a certificate");
            }
            return peer(certificate);
        } catch (SSLPeerUnverifiedException e) {
            throw new CertificateException("the call came without a certificate", e);
        }
    }

    /** @param certificate of a connection that one of these contexts has accepted. May be a host's where a host is asked */
    public Machine peer(X509Certificate certificate) throws CertificateException {
        certificate.checkValidity();
        Machine peer = Machine.of(certificate);
        if (!identity().machine().role().hears(peer.role())) {
            throw new CertificateException("a certificate of " + peer + " is not accepted here");
        }
        return peer;
    }

    private Held held(Identity identity) {
        Machine.Role own = identity.machine().role();
        SSLContext client = context(new OwnKey(() -> identity), trust(own::talksTo));
        SSLContext toHosts = context(new OwnKey(() -> identity), trust(role -> role == Machine.Role.HOST));
        return new Held(identity, client, client.getSocketFactory(), toHosts.getSocketFactory());
    }

    private PeerTrust trust(Predicate<Machine.Role> roles) {
        return new PeerTrust(() -> identity().ca(), roles);
    }

    static SSLContext context(@Nullable KeyManager key, TrustManager trust) {
        try {
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(key == null ? new KeyManager[0] : new KeyManager[] {key}, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + PROTOCOL, e);
        }
    }
}
