package dev.yado.simulator.wire;

import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.simulator.Controller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;

/** Reports of all hosts over HTTP, to whichever replica answered last. Connections stay open. */
public final class ControllerLink implements Controller, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** All hosts share so many connections, which the controller has to hold. */
    private static final int CONNECTIONS = 256;

    private final Semaphore room = new Semaphore(CONNECTIONS, true);
    private final List<URI> controllers;
    private final MachineTls tls;
    private volatile Client client;
    private final Latencies latencies = new Latencies();
    private volatile int preferred;

    /** Connections of one certificate. */
    private record Client(SSLContext tls, HttpClient http) {
        static Client of(SSLContext tls) {
            return new Client(
                    tls,
                    HttpClient.newBuilder()
                            .sslContext(tls)
                            .version(HttpClient.Version.HTTP_1_1)
                            .connectTimeout(Duration.ofSeconds(2))
                            .followRedirects(HttpClient.Redirect.NEVER)
                            .build());
        }
    }

    public ControllerLink(List<URI> controllers, MachineTls tls) {
        this.controllers = List.copyOf(controllers);
        this.tls = tls;
        this.client = Client.of(tls.client());
    }

    /** A new certificate begins with new connections; what is under way ends on the old ones. */
    private HttpClient http() {
        Client now = client;
        if (now.tls() == tls.client()) {
            return now.http();
        }
        synchronized (this) {
            if (client.tls() != tls.client()) {
                client.http().shutdown();
                client = Client.of(tls.client());
            }
            return client.http();
        }
    }

    @Override
    public HostReportAnswer report(HostReport report) {
        long began = System.nanoTime();
        room.acquireUninterruptibly();
        try {
            HostReportAnswer answer = toAny(report);
            latencies.took(System.nanoTime() - began);
            return answer;
        } finally {
            room.release();
        }
    }

    private HostReportAnswer toAny(HostReport report) {
        byte[] body = ProtocolJson.mapper().writeValueAsBytes(report);
        UncheckedIOException failure = new UncheckedIOException(new IOException("these hosts have no controller"));
        int first = preferred;
        for (int i = 0; i < controllers.size(); i++) {
            int replica = (first + i) % controllers.size();
            try {
                HostReportAnswer answer = post(controllers.get(replica), report, body);
                preferred = replica;
                return answer;
            } catch (IOException e) {
                failure = new UncheckedIOException(e);
            }
        }
        latencies.failed();
        throw failure;
    }

    private HostReportAnswer post(URI controller, HostReport report, byte[] body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(
                        controller.resolve("/internal/v1/hosts/" + report.hostId() + "/reports"))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        try {
            HttpResponse<byte[]> answer = http().send(request, BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IOException(controller + " answers " + answer.statusCode());
            }
            return ProtocolJson.mapper().readValue(answer.body(), HostReportAnswer.class);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("not waited for", e);
        }
    }

    /** Since the last time. */
    public Figures figures() {
        return latencies.take();
    }

    @Override
    public void close() {
        client.http().shutdownNow();
    }
}
