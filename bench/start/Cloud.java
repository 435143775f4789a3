import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import dev.yado.protocol.ProtocolJson;
import tools.jackson.databind.JsonNode;

/** A whole cloud of one host, used through its public API. */
final class Cloud {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path state;
    private final Path image;
    private final int vcpus;
    private final int memoryMib;
    private final HttpClient http = HttpClient.newHttpClient();
    private URI base;
    private String token;
    private String tenant;

    Cloud(Path state, Path image, int vcpus, int memoryMib) {
        this.state = state;
        this.image = image;
        this.vcpus = vcpus;
        this.memoryMib = memoryMib;
    }

    /** Of one kind of call. Milliseconds from the call; of a step, those that it took. */
    private static final class Samples {
        final List<Double> accepted = new ArrayList<>();
        final List<Double> firstByte = new ArrayList<>();
        final List<Double> succeeded = new ArrayList<>();
        final Map<String, List<Double>> steps = new LinkedHashMap<>();

        void step(String name, double millis) {
            steps.computeIfAbsent(name, _ -> new ArrayList<>()).add(millis);
        }

        void print(String call) {
            Figure.of(call + " to first guest byte", firstByte, "ms").print();
            Figure.of(call + " to its answer 202", accepted, "ms").print();
            Figure.of(call + " to the end of the operation", succeeded, "ms").print();
            steps.forEach((step, values) -> Figure.of(call + ": " + step, values, "ms").print());
        }
    }

    void measure(int rounds, int warmUp) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process up = new ProcessBuilder(
                        Path.of(System.getenv("YADO_ROOT"), "yado").toString(), "up", "--hosts", "1", "--state", state.toString(), "--port", "" + port)
                .redirectErrorStream(true)
                .redirectOutput(state.resolveSibling("up.log").toFile())
                .start();
        try {
            base = URI.create("http://127.0.0.1:" + port);
            Watch.await("the cloud to be ready (" + state.resolveSibling("up.log") + ")", Duration.ofMinutes(3), () -> {
                if (!up.isAlive()) {
                    throw new IllegalStateException("the cloud did not come up: " + state.resolveSibling("up.log"));
                }
                return Files.exists(state.resolve("ready"));
            });
            token = Files.readString(state.resolve("admin-token")).strip();
            Samples create = new Samples();
            Samples start = new Samples();
            String imageId = prepare();
            for (int round = -warmUp; round < rounds; round++) {
                Start.progress("API: round " + (round + 1) + " of " + rounds);
                once(imageId, round < 0 ? new Samples() : create, round < 0 ? new Samples() : start);
            }
            create.print("POST /v1/vms");
            start.print("POST /v1/vms/{id}/start");
        } finally {
            up.destroy();
            up.onExit().get(60, TimeUnit.SECONDS);
        }
    }

    private String prepare() throws Exception {
        tenant = call("POST", "/v1/tenants", Map.of("name", "bench")).path("id").asString();
        String imageId = call("POST", "/v1/images", Map.of("name", "boot-sector", "format", "raw")).path("id").asString();
        send("PUT", "/v1/images/" + imageId + "/content", "application/octet-stream", BodyPublishers.ofFile(image)).get(60, TimeUnit.SECONDS);
        return imageId;
    }

    private void once(String imageId, Samples create, Samples start) throws Exception {
        Map<String, Object> vm = Map.of(
                "name", "bench", "vcpus", vcpus, "memoryMiB", memoryMib, "accelerator", "tcg",
                "disks", List.of(Map.of("imageId", imageId, "sizeGiB", 1)));
        String id = timed("/v1/vms", vm, null, create);
        finish(call("POST", "/v1/vms/" + id + "/stop", Map.of("mode", "hard")).path("id").asString());
        timed("/v1/vms/" + id + "/start", Map.of(), id, start);
        finish(call("DELETE", "/v1/vms/" + id, null).path("id").asString());
    }

    /**
     * @param id of the VM; null when the call makes it
     * @return the id
     */
    private String timed(String path, Map<String, Object> body, String id, Samples samples) throws Exception {
        Start.rest();
        long before = id == null ? 0 : Watch.size(serialLog(id));
        Instant posted = Instant.now();
        long called = System.nanoTime();
        CompletableFuture<JsonNode> answer = send("POST", path, body).thenApply(operation -> {
            samples.accepted.add(Start.millis(System.nanoTime() - called));
            return operation;
        });
        String vm = id == null ? answer.get(60, TimeUnit.SECONDS).path("targetId").asString() : id;
        samples.firstByte.add(Start.millis(Watch.growth(serialLog(vm), before, PATIENCE) - called));
        JsonNode operation = answer.get(60, TimeUnit.SECONDS);
        JsonNode ended = finish(operation.path("id").asString());
        samples.succeeded.add(between(posted, ended.path("endedAt")));
        boolean first = true;
        for (JsonNode step : ended.path("steps")) {
            if (step.path("startedAt").isMissingNode() || step.path("endedAt").isMissingNode()) {
                continue;
            }
            if (first) {
                samples.step("before the first step", between(posted, step.path("startedAt")));
                first = false;
            }
            samples.step("step " + step.path("name").asString(), between(Instant.parse(step.path("startedAt").asString()), step.path("endedAt")));
        }
        return vm;
    }

    private Path serialLog(String id) {
        return state.resolve("hosts/host-1/vms/" + id + "/serial0.log");
    }

    private JsonNode finish(String operation) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            JsonNode now = call("GET", "/v1/operations/" + operation, null);
            switch (now.path("status").asString()) {
                case "SUCCEEDED" -> {
                    return now;
                }
                case "FAILED", "CANCELLED" -> throw new IllegalStateException("the operation failed: " + now);
                default -> {
                    if (System.nanoTime() > deadline) {
                        throw new IllegalStateException("the operation does not end: " + now);
                    }
                }
            }
            Thread.sleep(10);
        }
    }

    private JsonNode call(String method, String path, Map<String, Object> body) throws Exception {
        return send(method, path, body).get(60, TimeUnit.SECONDS);
    }

    private CompletableFuture<JsonNode> send(String method, String path, Map<String, Object> body) {
        return send(method, path, "application/json",
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(ProtocolJson.mapper().writeValueAsBytes(body)));
    }

    private CompletableFuture<JsonNode> send(String method, String path, String type, BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .timeout(PATIENCE)
                .method(method, body);
        if (tenant != null) {
            request.header("X-Yado-Tenant", tenant);
        }
        return http.sendAsync(request.build(), BodyHandlers.ofByteArray()).thenApply(Cloud::checked);
    }

    private static JsonNode checked(HttpResponse<byte[]> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw new java.io.UncheckedIOException(new IOException(
                    answer.request().method() + " " + answer.request().uri() + ": " + answer.statusCode() + " " + new String(answer.body())));
        }
        return ProtocolJson.mapper().readTree(answer.body().length == 0 ? "{}".getBytes() : answer.body());
    }

    private static double between(Instant from, JsonNode to) {
        return Duration.between(from, Instant.parse(to.asString())).toNanos() / 1e6;
    }
}
