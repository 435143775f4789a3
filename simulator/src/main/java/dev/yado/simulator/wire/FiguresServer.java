package dev.yado.simulator.wire;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.yado.protocol.ProtocolJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** {@code GET /figures}, on loopback, for whoever measures: figures since the last time. It commands nothing and needs no proof. */
final class FiguresServer implements AutoCloseable {
    private final HttpServer server;
    private final Supplier<Figures> figures;

    FiguresServer(Supplier<Figures> figures) throws IOException {
        this.figures = figures;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/figures", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange http) throws IOException {
        try (http) {
            byte[] bytes = ProtocolJson.mapper().writeValueAsBytes(figures.get());
            http.getResponseHeaders().set("Content-Type", "application/json");
            http.sendResponseHeaders(200, bytes.length);
            http.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
