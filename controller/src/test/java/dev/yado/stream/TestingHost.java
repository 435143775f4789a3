package dev.yado.stream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.trust.TestingMachines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/** A host as its daemon shows itself on the wire, for the streams of one guest that says what the test says. */
final class TestingHost implements AutoCloseable {
    private static final byte[] END = {};
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<byte[]> says = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream typed = new ByteArrayOutputStream();
    final AtomicLong flooded = new AtomicLong();
    final CountDownLatch cut = new CountDownLatch(1);
    volatile String lastQuery = "";

    TestingHost(MachineTls tls) throws IOException {
        server = TestingMachines.server(tls);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    String url() {
        return TestingMachines.url(server);
    }

    void says(byte[] bytes) {
        says.add(bytes);
    }

    void endsTheStream() {
        says.add(END);
    }

    byte[] typed() {
        synchronized (typed) {
            return typed.toByteArray();
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            lastQuery = exchange.getRequestURI().getQuery();
            String path = exchange.getRequestURI().getPath();
            if (path.endsWith("/serial")) {
                byte[] bytes = "last words \u00e9".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            } else if (exchange.getRequestMethod().equals("POST")) {
                byte[] bytes = exchange.getRequestBody().readAllBytes();
                synchronized (typed) {
                    typed.write(bytes);
                }
                exchange.sendResponseHeaders(204, -1);
            } else if (path.endsWith("/console")) {
                follow(exchange);
            } else {
                // The controller sends the spec of its own accord when a host has not reported it: not the subject
                // here.
                exchange.sendResponseHeaders(503, -1);
            }
        }
    }

    private void follow(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.flush();
        try {
            for (byte[] next = says.take(); next != END; next = says.take()) {
                out.write(next);
                out.flush();
                flooded.addAndGet(next.length);
            }
            out.close();
        } catch (IOException readerIsGone) {
            cut.countDown();
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
