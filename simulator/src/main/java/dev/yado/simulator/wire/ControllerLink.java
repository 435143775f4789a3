package dev.yado.simulator.wire;

import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ProtocolJson;
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

/** Reports of all hosts over HTTP, to whichever replica answered last. Connections stay open. */
public final class ControllerLink implements Controller, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<URI> controllers;
    private final HostSecret secret;
    private final HttpClient http;
    private final Latencies latencies = new Latencies();
    private volatile int preferred;

    public ControllerLink(List<URI> controllers, HostSecret secret) {
        this.controllers = List.copyOf(controllers);
        this.secret = secret;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(2))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public HostReportAnswer report(HostReport report) {
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
                .header(HostSecret.HEADER, secret.header())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        long began = System.nanoTime();
        try {
            HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IOException(controller + " answers " + answer.statusCode());
            }
            latencies.took(System.nanoTime() - began);
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
        http.shutdownNow();
    }
}
