package dev.yado.vmmd;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ProtocolJson;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** What a daemon needs of a controller: it hands out images and takes reports. */
final class TestingController implements AutoCloseable {
    static final String SECRET = "a secret for tests only";
    private final HttpServer server;
    private final TestingImages images;
    private final List<HostReport> reports = new CopyOnWriteArrayList<>();
    private volatile boolean asksForFull;
    private volatile boolean failing;
    private volatile CountDownLatch imagesMayFlow = new CountDownLatch(0);
    private volatile CountDownLatch imageAsked = new CountDownLatch(1);

    TestingController(TestingImages images) throws IOException {
        this.images = images;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/internal/v1/hosts/", this::takeReport);
        server.createContext("/internal/v1/images/", this::giveImage);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** All that were taken, oldest first. */
    List<HostReport> reports() {
        return reports;
    }

    void askForFull(boolean ask) {
        asksForFull = ask;
    }

    void fail(boolean fails) {
        failing = fails;
    }

    /** Image downloads hang after their first byte until the latch is released. */
    CountDownLatch holdImages() {
        imageAsked = new CountDownLatch(1);
        imagesMayFlow = new CountDownLatch(1);
        return imagesMayFlow;
    }

    CountDownLatch imageAsked() {
        return imageAsked;
    }

    @Override
    public void close() {
        imagesMayFlow.countDown();
        server.stop(0);
    }

    private void takeReport(HttpExchange http) throws IOException {
        try (http) {
            HostReport report =
                    ProtocolJson.mapper().readValue(http.getRequestBody().readAllBytes(), HostReport.class);
            boolean known = SECRET.equals(http.getRequestHeaders().getFirst("X-Yado-Host-Secret"));
            if (!known || failing) {
                http.sendResponseHeaders(known ? 503 : 401, -1);
                return;
            }
            reports.add(report);
            byte[] answer = ProtocolJson.mapper().writeValueAsBytes(new HostReportAnswer(30, asksForFull));
            http.sendResponseHeaders(200, answer.length);
            http.getResponseBody().write(answer);
        }
    }

    private void giveImage(HttpExchange http) throws IOException {
        try (http) {
            String[] path = http.getRequestURI().getPath().split("/");
            byte[] content = images.content(ImageId.of(path[4]));
            boolean known = SECRET.equals(http.getRequestHeaders().getFirst("X-Yado-Host-Secret"));
            if (!known || content.length == 0) {
                http.sendResponseHeaders(known ? 404 : 401, -1);
                return;
            }
            http.sendResponseHeaders(200, content.length);
            http.getResponseBody().write(content, 0, 1);
            http.getResponseBody().flush();
            imageAsked.countDown();
            imagesMayFlow.await();
            http.getResponseBody().write(content, 1, content.length - 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
