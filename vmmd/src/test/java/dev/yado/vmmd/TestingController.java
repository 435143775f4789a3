package dev.yado.vmmd;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.HostInventoryAnswer;
import dev.yado.protocol.trust.MachineTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** What a daemon needs of a controller: it hands out images and takes reports. */
final class TestingController implements AutoCloseable {
    private final TestingCa ca = new TestingCa();
    private final MachineTls tls = new MachineTls(ca.controller());
    private final HttpsServer server;
    private final TestingImages images;
    private final List<HostReport> reports = new CopyOnWriteArrayList<>();
    private final List<HostInventory> inventories = new CopyOnWriteArrayList<>();
    private volatile boolean asksForFull;
    private volatile boolean failing;
    private volatile CountDownLatch imagesMayFlow = new CountDownLatch(0);
    private volatile CountDownLatch imageAsked = new CountDownLatch(1);

    TestingController(TestingImages images) throws IOException {
        this.images = images;
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(tls.httpServer());
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/internal/v1/hosts/", this::takeReport);
        server.createContext("/internal/v1/images/", this::giveImage);
        server.start();
    }

    String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    TestingCa ca() {
        return ca;
    }

    /** With which a controller of this CA calls hosts. */
    MachineTls tls() {
        return tls;
    }

    /** All that were taken, oldest first. */
    List<HostReport> reports() {
        return reports;
    }

    /** All that hosts have told of a VM, each once however often it was told. */
    List<Disruption> disruptions(VmId vm) {
        return reports.stream()
                .flatMap(report -> report.disruptions().stream())
                .filter(each -> each.vm().equals(vm))
                .distinct()
                .toList();
    }

    /** All that came, oldest first. */
    List<HostInventory> inventories() {
        return inventories;
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
            if (http.getRequestURI().getPath().endsWith("/inventory")) {
                takeInventory(http);
                return;
            }
            HostReport report =
                    ProtocolJson.mapper().readValue(http.getRequestBody().readAllBytes(), HostReport.class);
            if (failing) {
                http.sendResponseHeaders(503, -1);
                return;
            }
            reports.add(report);
            byte[] answer = ProtocolJson.mapper().writeValueAsBytes(new HostReportAnswer(30, asksForFull));
            http.sendResponseHeaders(200, answer.length);
            http.getResponseBody().write(answer);
        }
    }

    private void takeInventory(HttpExchange http) throws IOException {
        inventories.add(ProtocolJson.mapper().readValue(http.getRequestBody().readAllBytes(), HostInventory.class));
        byte[] answer = ProtocolJson.mapper().writeValueAsBytes(new HostInventoryAnswer(false, false));
        http.sendResponseHeaders(failing ? 503 : 200, failing ? -1 : answer.length);
        if (!failing) {
            http.getResponseBody().write(answer);
        }
    }

    private void giveImage(HttpExchange http) throws IOException {
        try (http) {
            String[] path = http.getRequestURI().getPath().split("/");
            byte[] content = images.content(ImageId.of(path[4]));
            if (content.length == 0) {
                http.sendResponseHeaders(404, -1);
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
