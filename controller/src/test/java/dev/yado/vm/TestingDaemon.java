package dev.yado.vm;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.yado.api.HostTrust;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A {@link SimulatedHost} on the wire, both ways, as the daemon is. */
final class TestingDaemon implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http = HttpClient.newHttpClient();
    private final String secret;
    private final URI controller;
    final SimulatedHost host;

    TestingDaemon(String name, URI controller, String secret) throws IOException {
        this.controller = controller;
        this.secret = secret;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        host = new SimulatedHost(
                HostPlan.of(name, 8, 4096, Accelerator.TCG)
                        .withUrl("http://127.0.0.1:" + server.getAddress().getPort()),
                this::report);
        server.createContext("/v1/vms/", this::serve);
        server.start();
    }

    private HostReportAnswer report(HostReport report) {
        HttpRequest request = HttpRequest.newBuilder(
                        controller.resolve("/internal/v1/hosts/" + report.hostId() + "/reports"))
                .timeout(Duration.ofSeconds(10))
                .header(HostTrust.HEADER, secret)
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
            if (!secret.equals(exchange.getRequestHeaders().getFirst(HostTrust.HEADER))) {
                answer(exchange, 401, Map.of("code", "UNAUTHENTICATED", "detail", "wrong secret"));
                return;
            }
            CallFence fence = CallFence.parse(exchange.getRequestHeaders().getFirst(CallFence.HEADER));
            URI uri = exchange.getRequestURI();
            VmId vm = VmId.of(uri.getPath().substring("/v1/vms/".length()));
            VmReport report = switch (exchange.getRequestMethod()) {
                case "PUT" ->
                    host.put(
                            fence,
                            ProtocolJson.mapper()
                                    .readValue(exchange.getRequestBody().readAllBytes(), VmSpec.class));
                case "DELETE" ->
                    host.delete(fence, vm, Long.parseLong(uri.getQuery().substring("generation=".length())));
                default -> throw new IllegalArgumentException(exchange.getRequestMethod());
            };
            answer(exchange, 200, report);
        } catch (YadoException e) {
            answer(exchange, e.code().httpStatus(), Map.of("code", e.code().name(), "detail", e.getMessage()));
        }
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
