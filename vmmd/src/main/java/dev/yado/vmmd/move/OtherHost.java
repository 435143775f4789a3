package dev.yado.vmmd.move;

import dev.yado.protocol.HostId;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import java.io.IOException;
import java.net.URI;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** The daemon of another host, known by its certificate whatever its address is. */
record OtherHost(MachineTls tls, HostId id) {
    private static final int CONNECT_MILLIS = 2_000;

    HttpsURLConnection open(String method, String url, Duration patience) throws IOException {
        if (!(URI.create(url).toURL().openConnection() instanceof HttpsURLConnection connection)) {
            throw new IOException("a host's address begins with https://, not " + url);
        }
        connection.setSSLSocketFactory(tls.toHosts());
        connection.setHostnameVerifier((_, session) -> isIt(session));
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout((int) patience.toMillis());
        connection.setRequestMethod(method);
        return connection;
    }

    private boolean isIt(SSLSession session) {
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    && Machine.of(certificate).equals(new Machine(Machine.Role.HOST, id.value()));
        } catch (SSLPeerUnverifiedException | CertificateException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "host " + id;
    }
}
