package dev.yado.vm;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import dev.yado.simulator.SimulatedRepository;
import dev.yado.trust.TestingMachines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A {@link SimulatedHost} on the wire, both ways, as the daemon is. */
public final class TestingDaemon implements AutoCloseable {
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http;
    private final TestingMachines machines;
    public final SimulatedHost host;

    public TestingDaemon(String name, TestingMachines machines) throws IOException {
        this.machines = machines;
        HostId id = HostId.random();
        MachineTls tls = machines.host(id.value(), name);
        http = TestingMachines.client(tls.client());
        server = TestingMachines.server(tls);
        server.setExecutor(threads);
        host = new SimulatedHost(
                HostPlan.of(name, 8, 4096, Accelerator.TCG)
                        .withId(id)
                        .withUrl(TestingMachines.url(server))
                        .withRepository(new SimulatedRepository("backups")),
                this::report);
        server.createContext("/v1/vms/", this::serve);
        server.createContext("/v1/repositories/", this::serve);
        server.start();
    }

    private HostReportAnswer report(HostReport report) {
        HttpRequest request = HttpRequest.newBuilder(
                        machines.controller("/internal/v1/hosts/" + report.hostId() + "/reports"))
                .timeout(Duration.ofSeconds(10))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        ProtocolJson.mapper().writeValueAsBytes(report)))
                .build();
        try {
            HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("report refused: " + answer.statusCode());
            }
            return ProtocolJson.mapper().readValue(answer.body(), HostReportAnswer.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                if (exchange.getRequestMethod().equals("GET")) {
                    look(exchange);
                } else {
                    CallFence fence =
                            CallFence.parse(exchange.getRequestHeaders().getFirst(CallFence.HEADER));
                    answer(exchange, 200, done(exchange, fence));
                }
            } catch (YadoException e) {
                answer(
                        exchange,
                        e.code().httpStatus(),
                        Map.of("code", e.code().name(), "detail", String.valueOf(e.getMessage())));
            }
        }
    }

    /** Into a backup. A file {@code cut} is longer than what comes of it. */
    private void look(HttpExchange exchange) throws IOException {
        URI uri = exchange.getRequestURI();
        String[] parts = uri.getPath().split("/", -1);
        String path = uri.getQuery() == null ? null : uri.getQuery().substring("path=".length());
        if (parts.length == 7) {
            answer(exchange, 200, host.listFiles(parts[3], BackupId.of(parts[5]), path));
            return;
        }
        boolean cut = Objects.requireNonNull(path).endsWith("cut");
        byte[] bytes = cut ? new byte[10] : host.readFile(parts[3], BackupId.of(parts[5]), path);
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, cut ? 1 << 20 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.getResponseBody().flush();
    }

    private Object done(HttpExchange exchange, CallFence fence) throws IOException {
        URI uri = exchange.getRequestURI();
        String[] parts = uri.getPath().split("/", -1);
        String what = exchange.getRequestMethod() + " " + parts[2] + " " + parts.length;
        return switch (what) {
            case "PUT vms 4" -> host.put(fence, body(exchange, VmSpec.class));
            case "DELETE vms 4" ->
                host.delete(
                        fence, VmId.of(parts[3]), Long.parseLong(uri.getQuery().substring("generation=".length())));
            case "PUT vms 5" ->
                parts[4].equals("snapshot")
                        ? host.putSnapshot(fence, VmId.of(parts[3]), body(exchange, SnapshotJob.class))
                        : host.putBackup(fence, VmId.of(parts[3]), body(exchange, BackupJob.class));
            case "DELETE vms 5" ->
                host.cancelBackup(
                        fence, VmId.of(parts[3]), BackupId.of(uri.getQuery().substring("backup=".length())));
            case "DELETE repositories 6" -> host.forgetBackup(fence, parts[3], BackupId.of(parts[5]));
            default -> throw new IllegalArgumentException(what);
        };
    }

    private static <T> T body(HttpExchange exchange, Class<T> type) throws IOException {
        return ProtocolJson.mapper().readValue(exchange.getRequestBody().readAllBytes(), type);
    }

    private static void answer(HttpExchange exchange, int status, Object json) throws IOException {
        byte[] bytes = ProtocolJson.mapper().writeValueAsBytes(json);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        host.close();
        server.stop(0);
        threads.shutdownNow();
        http.close();
    }
}
