package dev.yado.vmmd.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.yado.protocol.ProtocolJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /metrics}, {@code /health} (the daemon answers) and {@code /ready} (it can start guests), over plain HTTP and without
 * proof of who asks: for loopback or a network of its own.
 */
public final class MetricsListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsListener.class);
    private static final String JSON = "application/json";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HostMetrics metrics;
    private final Readiness readiness;

    /** @throws IOException when the address cannot be listened on */
    public MetricsListener(InetSocketAddress listen, HostMetrics metrics, Readiness readiness) throws IOException {
        this.metrics = metrics;
        this.readiness = readiness;
        try {
            server = HttpServer.create(listen, 16);
        } catch (IOException e) {
            throw new IOException("cannot listen on " + listen + " for metrics: " + e.getMessage(), e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange http) throws IOException {
        try (http) {
            if (!http.getRequestMethod().equals("GET")) {
                answer(http, 405, "text/plain", "only GET\n");
                return;
            }
            switch (http.getRequestURI().getPath()) {
                case "/metrics" -> answer(http, 200, Exposition.TYPE, metrics.text());
                case "/health" -> answer(http, 200, JSON, "{\"status\":\"UP\"}");
                case "/ready" -> {
                    Readiness.Answer answer = readiness.look();
                    Map<String, Object> body =
                            Map.of("status", answer.ready() ? "UP" : "DOWN", "checks", answer.checks());
                    answer(
                            http,
                            answer.ready() ? 200 : 503,
                            JSON,
                            ProtocolJson.mapper().writeValueAsString(body));
                }
                default -> answer(http, 404, "text/plain", "there are /metrics, /health and /ready\n");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("{} failed", http.getRequestURI().getPath(), e);
            answer(http, 500, "text/plain", "the daemon's log says what is wrong\n");
        }
    }

    private static void answer(HttpExchange http, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        http.getResponseHeaders().set("Content-Type", type);
        http.sendResponseHeaders(status, bytes.length);
        http.getResponseBody().write(bytes);
    }
}
