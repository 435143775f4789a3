package dev.yado.cli.wire;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** The other end of the wire: answers with what was laid ready, in that order, the last one again and again. It knows no Yado. */
public final class CannedHttp implements AutoCloseable {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Request(
            String method,
            String path,
            String authorization,
            Optional<String> tenant,
            Optional<String> lastEventId,
            byte[] body,
            Map<String, List<String>> headers) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private record Ready(int status, String type, String body) {}

    private final HttpServer server;
    private final Queue<Ready> answers = new ConcurrentLinkedQueue<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    public CannedHttp() throws IOException {
        this(0);
    }

    public CannedHttp(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                    Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Yado-Tenant")),
                    Optional.ofNullable(exchange.getRequestHeaders().getFirst("Last-Event-ID")),
                    body,
                    Map.copyOf(exchange.getRequestHeaders())));
            Ready ready = answers.size() > 1 ? answers.remove() : answers.element();
            byte[] bytes = ready.body().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", ready.type());
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/elsewhere");
            exchange.sendResponseHeaders(ready.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    public CannedHttp answer(int status, String body) {
        answers.add(new Ready(status, "application/json", body));
        return this;
    }

    public List<Request> requests() {
        return requests;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port());
    }

    public Api api() {
        return new Api(new Endpoint(url(), "secret", Optional.empty()));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
