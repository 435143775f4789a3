package dev.yado.hook;

import dev.yado.reach.CheckedResolver;
import dev.yado.reach.Cidr;
import dev.yado.reach.Reach;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/**
 * Makes the calls that are due. A receiver that is slow, or that keeps the controller waiting on purpose, costs one of a few lines for
 * some seconds. Of its answer nothing but the status is looked at, and no redirect is followed.
 */
@Service
public class HookCalls {
    private static final Logger LOG = LoggerFactory.getLogger(HookCalls.class);
    private static final Timeout CONNECT = Timeout.ofSeconds(5);
    private static final Timeout SILENCE = Timeout.ofSeconds(10);
    /** No call lasts as long. */
    private static final Duration LEASE = Duration.ofMinutes(1);

    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);
    private static final int AT_ONCE = 16;

    private final HookRows rows;
    private final HookSecrets secrets;
    private final HookSettings settings;
    private final CloseableHttpClient http;

    HookCalls(HookRows rows, HookSecrets secrets, HookSettings settings) {
        this.rows = rows;
        this.secrets = secrets;
        this.settings = settings;
        this.http = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new CheckedResolver(new Reach.PublicInternet(settings.allowedCidrs().stream()
                                .map(Cidr::parse)
                                .toList())))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT)
                                .setSocketTimeout(SILENCE)
                                .setTimeToLive(0, TimeUnit.SECONDS)
                                .build())
                        .setMaxConnTotal(AT_ONCE)
                        .setMaxConnPerRoute(AT_ONCE)
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

    /** Returns when the calls that were due are made, well or not. */
    public void carryOn() {
        List<HookRows.Due> due = rows.take(AT_ONCE, LEASE);
        if (due.isEmpty()) {
            return;
        }
        try (ExecutorService lines = Executors.newVirtualThreadPerTaskExecutor()) {
            due.forEach(call -> lines.execute(() -> make(call)));
        }
    }

    /** Removes what ended long ago. @return how many */
    public int prune() {
        return rows.prune(settings.keep());
    }

    private void make(HookRows.Due call) {
        try {
            int status = post(call);
            if (status / 100 == 2) {
                rows.delivered(call);
            } else {
                failed(call, "it answers with status " + status);
            }
        } catch (IOException e) {
            LOG.debug("hook of schedule {} cannot be called", call.schedule(), e);
            failed(call, words(e));
        } catch (RuntimeException e) {
            LOG.warn("hook of schedule {} cannot be called", call.schedule(), e);
            failed(call, "it cannot be called: the controller's log says why");
        }
    }

    private int post(HookRows.Due call) throws IOException {
        long now = Instant.now().getEpochSecond();
        HttpPost post = new HttpPost(call.url());
        post.setEntity(new StringEntity(call.body(), ContentType.APPLICATION_JSON));
        post.setHeader("Yado-Delivery", call.id().toString());
        post.setHeader("Yado-Signature", secrets.signature(call.schedule(), call.sealedSecret(), now, call.body()));
        try (ClassicHttpResponse answer = http.executeOpen(null, post, null)) {
            int status = answer.getCode();
            // What follows may have no end, and concerns nobody.
            post.cancel();
            return status;
        }
    }

    private void failed(HookRows.Due call, String trouble) {
        Duration pause = settings.firstPause().multipliedBy(1L << Math.min(call.attempt() - 1, 12));
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
        boolean over = call.age().plus(pause).compareTo(settings.patience()) > 0;
        rows.failed(call, trouble, over ? null : pause);
    }

    private static String words(IOException failure) {
        return switch (failure) {
            case CheckedResolver.RefusedAddress _ ->
                "it is not in the public internet; an operator can open a network by yado.hooks.allowed-cidrs";
            case UnknownHostException _ -> "its name has no address";
            case SSLException _ -> "it does not prove who it is: TLS failed";
            case SocketTimeoutException _ -> "it does not answer in time";
            case ConnectException _ -> "it takes no connection";
            default -> "it breaks the connection off before it answers";
        };
    }

    @PreDestroy
    void close() throws IOException {
        http.close();
    }
}
