package dev.yado.trust;

import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Calls machines over mTLS. The one at the other end has to prove that it is the machine that is meant before a byte of the call is
 * sent, whatever address it is reached at; kept connections belong to one machine and one certificate of this controller.
 */
@Component
public final class MachineHttp implements Closeable {
    private static final int MOST_CONNECTIONS = 20_000;
    private static final int MOST_TO_ONE = 1_000;
    /** Below the 30 s after which a daemon closes. */
    private static final Timeout IDLE = Timeout.ofSeconds(20);

    private static final Timeout CONNECT = Timeout.ofSeconds(3);
    private static final TimeValue LOOK_AFTER = TimeValue.ofMilliseconds(500);

    private final ControllerIdentity identity;
    private final Revocations revocations;
    private final CloseableHttpClient http;

    MachineHttp(ControllerIdentity identity, Revocations revocations) {
        this.identity = identity;
        this.revocations = revocations;
        this.http = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setTlsSocketStrategy((socket, machine, port, _, _) -> prove(socket, machine, port))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT)
                                .setSocketTimeout(CONNECT)
                                .setIdleTimeout(IDLE)
                                .setValidateAfterInactivity(LOOK_AFTER)
                                .build())
                        .setMaxConnTotal(MOST_CONNECTIONS)
                        .setMaxConnPerRoute(MOST_TO_ONE)
                        .build())
                .evictExpiredConnections()
                .evictIdleConnections(IDLE)
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableAutomaticRetries()
                .setUserAgent("yado")
                .build();
    }

    /** A machine and where it is reached. */
    public record Target(Machine machine, URI url) {}

    /** @param body null for none */
    public record Call(String method, String path, Map<String, String> headers, byte @Nullable [] body) {}

    public record Answer(int status, byte[] body) {}

    /**
     * @param length as the other side says it; negative: it does not. With fewer bytes the stream ends with an IOException
     * @param bytes closing it ends the call at once, from any thread
     */
    public record Stream(int status, long length, InputStream bytes) {}

    /** @param most bytes of the answer; a longer one is an IOException. @throws IOException when there is no whole answer in time */
    public Answer send(Target target, Call call, Duration deadline, int most) throws IOException {
        HttpUriRequestBase request = request(call);
        try (Deadline _ = new Deadline(request, deadline)) {
            ClassicHttpResponse response = open(target, request, Timeout.of(deadline));
            try (response) {
                HttpEntity entity = response.getEntity();
                byte[] bytes =
                        entity == null ? new byte[0] : entity.getContent().readNBytes(most + 1);
                if (bytes.length > most) {
                    request.cancel();
                    throw new IOException("the answer has more than " + most + " bytes");
                }
                return new Answer(response.getCode(), bytes);
            }
        }
    }

    /** The answer has to begin before the deadline; it may last for ever. */
    public Stream stream(Target target, Call call, Duration deadline) throws IOException {
        HttpUriRequestBase request = request(call);
        try (Deadline _ = new Deadline(request, deadline)) {
            ClassicHttpResponse response = open(target, request, Timeout.DISABLED);
            HttpEntity entity = response.getEntity();
            InputStream bytes = entity == null ? InputStream.nullInputStream() : entity.getContent();
            long length = entity == null ? 0 : entity.getContentLength();
            return new Stream(response.getCode(), length, new FilterInputStream(bytes) {
                @Override
                public void close() {
                    // Without the cancelling, the library would read the rest, which has no end.
                    request.cancel();
                }
            });
        }
    }

    private ClassicHttpResponse open(Target target, HttpUriRequestBase request, Timeout silence) throws IOException {
        if (revocations.has(target.machine())) {
            throw new SSLPeerUnverifiedException("the certificates of " + target.machine() + " were revoked");
        }
        URI url = target.url();
        if (!"https".equals(url.getScheme()) || url.getHost() == null) {
            throw new IOException("the address " + url + " of " + target.machine() + " is not https://HOST:PORT");
        }
        request.setPath((url.getRawPath() == null ? "" : url.getRawPath().replaceAll("/+$", "")) + request.getPath());
        request.setConfig(RequestConfig.custom().setResponseTimeout(silence).build());
        HttpClientContext context = HttpClientContext.create();
        context.setUserToken(identity.tls().identity().certificate().getSerialNumber());
        HttpHost host =
                new HttpHost("https", InetAddress.getByName(url.getHost()), label(target.machine()), url.getPort());
        return http.executeOpen(host, request, context);
    }

    private static HttpUriRequestBase request(Call call) {
        HttpUriRequestBase request = new HttpUriRequestBase(call.method(), URI.create(call.path()));
        call.headers().forEach(request::setHeader);
        if (call.body() != null) {
            String type = call.headers().getOrDefault("Content-Type", "application/octet-stream");
            request.setEntity(new ByteArrayEntity(call.body(), ContentType.parse(type)));
        }
        return request;
    }

    /** A machine as the name of a TLS server, so that the library keeps its connections apart. */
    private static String label(Machine machine) {
        return machine.id() + "." + machine.role().name().toLowerCase(Locale.ROOT) + ".yado.internal";
    }

    private SSLSocket prove(Socket socket, String machine, int port) throws IOException {
        SSLSocket tls = (SSLSocket) identity.tls().sockets().createSocket(socket, machine, port, true);
        try {
            tls.setEnabledProtocols(new String[] {MachineTls.PROTOCOL});
            tls.startHandshake();
            X509Certificate shown = (X509Certificate) tls.getSession().getPeerCertificates()[0];
            if (!label(Machine.of(shown)).equals(machine)) {
                throw new SSLPeerUnverifiedException("another machine answers there: " + Machine.of(shown));
            }
            if (revocations.has(shown)) {
                throw new SSLPeerUnverifiedException("its certificate was revoked");
            }
            return tls;
        } catch (CertificateException e) {
            tls.close();
            throw new SSLPeerUnverifiedException(e.getMessage());
        } catch (IOException e) {
            tls.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        http.close();
    }

    /** Cuts a call that takes too long, whatever it waits for. */
    private static final class Deadline implements AutoCloseable {
        private final Thread watch;

        Deadline(HttpUriRequestBase request, Duration after) {
            watch = Thread.startVirtualThread(() -> {
                try {
                    Thread.sleep(after);
                    request.cancel();
                } catch (InterruptedException inTime) {
                    Thread.currentThread().interrupt();
                }
            });
        }

        @Override
        public void close() throws InterruptedIOException {
            watch.interrupt();
        }
    }
}
