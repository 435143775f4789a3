package dev.yado.image;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.reach.CheckedResolver;
import dev.yado.reach.Reach;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens addresses that callers named. A name is resolved once, its addresses are checked, and the connection goes to a checked
 * address: a name that changes its mind in between gains nothing. Each redirect is a new address with the same checks.
 */
final class ImageSource implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageSource.class);
    private static final int MOST_REDIRECTS = 5;
    private static final Timeout CONNECT = Timeout.ofSeconds(10);
    private static final Timeout SILENCE = Timeout.ofSeconds(30);
    private final CloseableHttpClient http;

    ImageSource(Reach reach) {
        this.http = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new CheckedResolver(reach))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT)
                                .setSocketTimeout(SILENCE)
                                .build())
                        .setMaxConnTotal(Integer.MAX_VALUE)
                        .setMaxConnPerRoute(Integer.MAX_VALUE)
                        .build())
                .setDefaultRequestConfig(
                        RequestConfig.custom().setResponseTimeout(SILENCE).build())
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableAutomaticRetries()
                .setUserAgent("yado")
                .build();
    }

    /** An answer and the call that it belongs to. */
    private record Answer(HttpGet call, ClassicHttpResponse response) {

        /** Cuts the connection. Without the cancelling, the library would read the rest, which may have no end. */
        void drop() throws IOException {
            call.cancel();
            try {
                response.close();
            } catch (IOException cut) {
                LOG.debug("the connection was cut before the end of the answer", cut);
            }
        }
    }

    /** @param length negative when the source does not say */
    record Opened(InputStream bytes, long length, Closeable connection) implements Closeable {
        /** Drops the connection: what has not been read is not waited for. */
        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    /** @throws YadoException {@code IMAGE_SOURCE_REFUSED} when there is no content to be had; what fails later is an IOException */
    Opened open(SourceUrl url) throws IOException {
        SourceUrl at = url;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            Answer answer = ask(at);
            boolean wanted = false;
            try {
                Header location = answer.response().getFirstHeader(HttpHeaders.LOCATION);
                if (answer.response().getCode() / 100 != 3 || location == null) {
                    Opened opened = opened(at, answer);
                    wanted = true;
                    return opened;
                }
                at = at.redirectedTo(location.getValue());
            } finally {
                if (!wanted) {
                    answer.drop();
                }
            }
        }
        throw refused(url.uri().getHost() + " redirects more than " + MOST_REDIRECTS + " times", null);
    }

    private Answer ask(SourceUrl url) {
        HttpGet get = new HttpGet(url.uri());
        get.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
        try {
            return new Answer(get, http.executeOpen(null, get, null));
        } catch (IOException failure) {
            throw refused(url.uri().getHost() + " " + words(failure), failure);
        }
    }

    private static String words(IOException failure) {
        return switch (failure) {
            case CheckedResolver.RefusedAddress _ ->
                "is not in the public internet; an operator can open a network by yado.images.allowed-source-cidrs";
            case UnknownHostException _ -> "is a name without an address";
            case SSLException _ -> "does not prove who it is: TLS failed";
            case SocketTimeoutException _ -> "does not answer in time";
            case ConnectException _ -> "takes no connection";
            default -> "breaks the connection off before it answers";
        };
    }

    private static Opened opened(SourceUrl url, Answer answer) throws IOException {
        HttpEntity entity = answer.response().getEntity();
        if (answer.response().getCode() != HttpStatus.SC_OK || entity == null) {
            throw refused(
                    url.uri().getHost() + " answers with status "
                            + answer.response().getCode(),
                    null);
        }
        return new Opened(entity.getContent(), entity.getContentLength(), answer::drop);
    }

    private static YadoException refused(String detail, @Nullable Throwable cause) {
        return cause == null
                ? new YadoException(ErrorCode.IMAGE_SOURCE_REFUSED, detail)
                : new YadoException(ErrorCode.IMAGE_SOURCE_REFUSED, detail, cause);
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
