package dev.yado.protocol.trust;

import dev.yado.protocol.HostOptions;
import dev.yado.protocol.ProtocolJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** How a machine gets its certificates: the first for a token, each later one for the one before. */
public final class Joining {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int ANSWER_MILLIS = 15_000;
    private static final int LONGEST_ANSWER = 1 << 16;

    private Joining() {}

    /** @param options those of the host whose place the machine has taken; null: it has taken no host's, or that one never said any */
    public record Joined(Identity identity, @Nullable HostOptions options) {}

    /**
     * The connection is given up before the token is sent unless the controller shows a certificate of the CA with that hash.
     *
     * @throws IOException with a sentence for the operator
     */
    public static Joined join(URI controller, String token, CaHash hash, Machine machine, String name)
            throws IOException {
        SigningRequest request = SigningRequest.fresh(machine);
        SSLContext tls = MachineTls.context(null, new TrustByHash(hash));
        IssuedCertificate issued = post(
                tls.getSocketFactory(),
                controller,
                "/internal/v1/join",
                new JoinRequest(token, machine.role(), machine.id(), name, request.pem()));
        Identity identity = identity(request, issued, machine);
        if (!CaHash.of(identity.ca()).equals(hash)) {
            throw new IOException(controller + " answers with a CA that has another hash");
        }
        return new Joined(identity, issued.options());
    }

    /** A new key and certificate for the same machine. @throws IOException with a sentence for the operator */
    public static Identity renew(URI controller, MachineTls tls) throws IOException {
        Machine machine = tls.identity().machine();
        SigningRequest request = SigningRequest.fresh(machine);
        IssuedCertificate issued =
                post(tls.sockets(), controller, "/internal/v1/renew", new RenewRequest(request.pem()));
        Identity identity = identity(request, issued, machine);
        if (!identity.ca().equals(tls.identity().ca())) {
            throw new IOException(controller + " answers with another CA");
        }
        return identity;
    }

    private static Identity identity(SigningRequest request, IssuedCertificate issued, Machine machine)
            throws IOException {
        try {
            Identity identity = new Identity(
                    request.keys().getPrivate(), Pem.certificate(issued.certificate()), Pem.certificate(issued.ca()));
            if (!identity.certificate().getPublicKey().equals(request.keys().getPublic())
                    || !Machine.of(identity.certificate()).equals(machine)) {
                throw new IOException("the controller issued a certificate for somebody else");
            }
            return identity;
        } catch (CertificateException e) {
            throw new IOException("the controller answers with something that is no certificate", e);
        }
    }

    private static IssuedCertificate post(SSLSocketFactory tls, URI controller, String path, Object body)
            throws IOException {
        if (!"https".equals(controller.getScheme())) {
            throw new IOException("the controller's address for hosts begins with https://, not " + controller);
        }
        URI target = URI.create(controller.toString().replaceAll("/+$", "") + path);
        HttpsURLConnection connection = (HttpsURLConnection) target.toURL().openConnection();
        connection.setSSLSocketFactory(tls);
        // Who it is was proven by its certificate, which names a machine and not an address.
        connection.setHostnameVerifier((_, _) -> true);
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(ANSWER_MILLIS);
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/json");
        byte[] bytes = ProtocolJson.mapper().writeValueAsBytes(body);
        connection.setFixedLengthStreamingMode(bytes.length);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(bytes);
        } catch (SSLException e) {
            throw new IOException(target + ": " + reason(e), e);
        }
        if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
            throw new IOException(target + ": " + refusal(connection));
        }
        try (InputStream answer = connection.getInputStream()) {
            return ProtocolJson.mapper().readValue(answer.readNBytes(LONGEST_ANSWER), IssuedCertificate.class);
        } catch (JacksonException e) {
            throw new IOException(target + " answers with something that is no certificate", e);
        }
    }

    private static String reason(Throwable failure) {
        Throwable at = failure;
        while (at.getCause() != null && !(at instanceof CertificateException)) {
            at = at.getCause();
        }
        return String.valueOf(at.getMessage());
    }

    private record Problem(@Nullable String detail) {}

    /** What the controller says of a refused call, or its status. */
    public static String refusal(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        InputStream error = connection.getErrorStream();
        if (error == null) {
            return "status " + status;
        }
        try (error) {
            String detail = ProtocolJson.mapper()
                    .readValue(error.readNBytes(LONGEST_ANSWER), Problem.class)
                    .detail();
            return detail == null ? "status " + status : "status " + status + ": " + detail;
        } catch (JacksonException noProblem) {
            return "status " + status;
        }
    }

    /** Trusts a controller whose chain has the CA that was named, before any CA is known. */
    private static final class TrustByHash extends X509ExtendedTrustManager {
        private final CaHash hash;

        TrustByHash(CaHash hash) {
            this.hash = hash;
        }

        private void check(X509Certificate[] chain, String type) throws CertificateException {
            X509Certificate ca = Arrays.stream(chain)
                    .filter(certificate -> CaHash.of(certificate).equals(hash))
                    .findFirst()
                    .orElseThrow(() -> new CertificateException(
                            "this controller's CA does not have the hash " + hash + "; nothing was sent to it"));
            new PeerTrust(() -> ca, role -> role == Machine.Role.CONTROLLER).checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("one that joins serves nobody");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            checkClientTrusted(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            checkClientTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
