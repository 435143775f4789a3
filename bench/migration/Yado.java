import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code yado up --hosts 2}, used through its public API. */
final class Yado implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(6);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Path state;
    private final Process up;
    private final URI base;
    private final String token;
    private final Map<String, String> images = new HashMap<>();
    private final String[] hosts = new String[2];
    private String tenant;

    Yado(Path work) throws Exception {
        state = work.resolve("cloud");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        base = URI.create("http://127.0.0.1:" + port);
        up = new ProcessBuilder(System.getenv("YADO_ROOT") + "/yado", "up", "--hosts", "2", "--state", state.toString(), "--port", "" + port)
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("up.log").toFile())
                .start();
        Shell.await("the cloud to be ready", Duration.ofMinutes(5), () -> {
            if (!up.isAlive()) {
                throw new IllegalStateException("the cloud did not come up");
            }
            return Files.exists(state.resolve("ready"));
        });
        token = Files.readString(state.resolve("admin-token")).strip();
        for (JsonNode host : call("GET", "/v1/hosts", null).path("items")) {
            hosts[host.path("name").asString().equals("host-1") ? 0 : 1] = host.path("id").asString();
        }
        tenant = call("POST", "/v1/tenants", Map.of("name", "bench")).path("id").asString();
    }

    String image(Path file) throws Exception {
        String name = file.getFileName().toString();
        String known = images.get(name);
        if (known == null) {
            known = call("POST", "/v1/images", Map.of("name", name, "format", "raw")).path("id").asString();
            send("PUT", "/v1/images/" + known + "/content", "application/octet-stream", BodyPublishers.ofFile(file));
            images.put(name, known);
        }
        return known;
    }

    /** The witness guest, whose memory is all that it has. */
    Vm linux(String name, int memoryMib, Path guest, String commandLine, double periodMs) throws Exception {
        return linux(name, memoryMib, guest, commandLine, periodMs, List.of());
    }

    /** The witness guest with a card in each of these networks. */
    Vm linux(String name, int memoryMib, Path guest, String commandLine, double periodMs, List<String> networks) throws Exception {
        Vm vm = create(Map.of(
                "name", name, "vcpus", 1, "memoryMiB", memoryMib, "accelerator", "tcg",
                "nics", networks.stream().map(network -> Map.of("networkId", network)).toList(),
                "boot", Map.of(
                        "kernelImageId", image(guest.resolve("vmlinuz")),
                        "initrdImageId", image(guest.resolve("initrd.img")),
                        "cmdline", commandLine)), periodMs);
        Shell.awaitReady(vm.directory().resolve("serial0.log"));
        return vm;
    }

    String network() throws Exception {
        String id = call("POST", "/v1/networks", Map.of("name", "bench")).path("id").asString();
        call("POST", "/v1/networks/" + id + "/subnets", Map.of("cidr", "10.0.0.0/24"));
        return id;
    }

    Vm bootSector(String name, Path image, String accelerator, double periodMs) throws Exception {
        return create(Map.of(
                "name", name, "vcpus", 1, "memoryMiB", 128, "accelerator", accelerator,
                "disks", List.of(Map.of("imageId", image(image), "sizeGiB", 1, "pool", "shared"))), periodMs);
    }

    Vm create(Map<String, Object> body, double periodMs) throws Exception {
        JsonNode operation = finish(call("POST", "/v1/vms", body));
        String id = operation.path("targetId").asString();
        return new Vm(id, where(id), new Beacon(List.of(directory(0, id).resolve("serial1.log"), directory(1, id).resolve("serial1.log")), periodMs));
    }

    private int where(String vm) throws Exception {
        String host = call("GET", "/v1/vms/" + vm, null).path("hostId").asString();
        return host.equals(hosts[0]) ? 0 : 1;
    }

    /** On the host of that number, from 0; the VM need not be there. */
    Path directory(int host, String vm) {
        return state.resolve("hosts/host-" + (host + 1) + "/vms/" + vm);
    }

    final class Vm implements Guest {
        private final String id;
        private final Beacon beacon;
        private int host;
        private Map<String, Object> goal = Map.of();
        private boolean unforecast;

        private Vm(String id, int host, Beacon beacon) {
            this.id = id;
            this.host = host;
            this.beacon = beacon;
        }

        String id() {
            return id;
        }

        Path directory() {
            return Yado.this.directory(host, id);
        }

        @Override
        public Beacon beacon() {
            return beacon;
        }

        @Override
        public String run(String command, Duration patience) throws Exception {
            return Shell.run(directory().resolve("sock/serial0"), command, patience);
        }

        /** That its first card was given. */
        String address() throws Exception {
            return call("GET", "/v1/vms/" + id, null).path("nics").path(0).path("addresses").path(0).asString();
        }

        /** Of all moves from now on; null: what the link gives. */
        void narrow(Integer mibPerSecond) {
            goal = mibPerSecond == null ? Map.of() : Map.of("bandwidthMiBs", mibPerSecond);
        }

        private Map<String, Object> wish() {
            return Map.of("hostId", hosts[1 - host], "goal", goal);
        }

        /** What its move would be like; null when its host cannot say. */
        JsonNode forecast() throws Exception {
            JsonNode plan = call("POST", "/v1/vms/" + id + "/migrate?dryRun=plan", wish());
            if (!plan.has("forecast")) {
                if (!unforecast) {
                    Migration.progress("no forecast: " + plan.path("blockers"));
                    unforecast = true;
                }
                return null;
            }
            return plan.path("forecast");
        }

        @Override
        public Moved move() throws Exception {
            long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
            long from = System.nanoTime();
            JsonNode operation = null;
            while (operation == null) {
                try {
                    from = System.nanoTime();
                    operation = call("POST", "/v1/vms/" + id + "/migrate", wish());
                } catch (IOException e) {
                    // Its new host may not have told of it yet.
                    if (!e.getMessage().contains("MIGRATION_BLOCKED") || System.nanoTime() > deadline) {
                        throw e;
                    }
                    Thread.sleep(100);
                }
            }
            JsonNode ended = await(operation);
            long to = System.nanoTime();
            JsonNode told = call("GET", "/v1/vms/" + id + "/migrations?limit=1", null).path("items").path(0);
            host = where(id);
            boolean moved = ended.path("status").asString().equals("SUCCEEDED");
            if (!moved) {
                System.err.println("bench migration: " + ended);
            }
            return new Moved(from, to, moved, told.path("result").path("copiedBytes").asDouble(0), told, steps(ended));
        }

        private static Map<String, Double> steps(JsonNode operation) {
            Map<String, Double> steps = new LinkedHashMap<>();
            Instant before = Instant.parse(operation.path("createdAt").asString());
            for (JsonNode step : operation.path("steps")) {
                if (step.hasNonNull("startedAt") && step.hasNonNull("endedAt")) {
                    Instant end = Instant.parse(step.path("endedAt").asString());
                    steps.put("step " + step.path("name").asString(), Duration.between(before, end).toNanos() / 1e6);
                    before = end;
                }
            }
            return steps;
        }

        void end() throws Exception {
            finish(call("DELETE", "/v1/vms/" + id, null));
            beacon.close();
        }
    }

    private JsonNode await(JsonNode operation) throws Exception {
        String path = "/v1/operations/" + operation.path("id").asString() + "?waitSeconds=30";
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonNode now = operation;
        while (!now.hasNonNull("endedAt")) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the operation does not end: " + now);
            }
            now = call("GET", path, null);
        }
        return now;
    }

    JsonNode finish(JsonNode operation) throws Exception {
        JsonNode ended = await(operation);
        if (!ended.path("status").asString().equals("SUCCEEDED")) {
            throw new IllegalStateException("the operation failed: " + ended);
        }
        return ended;
    }

    JsonNode call(String method, String path, Object body) throws Exception {
        return send(method, path, "application/json",
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
    }

    private JsonNode send(String method, String path, String type, BodyPublisher body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .timeout(Duration.ofSeconds(90))
                .method(method, body);
        if (tenant != null) {
            request.header("X-Yado-Tenant", tenant);
        }
        HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() / 100 != 2) {
            throw new IOException(method + " " + path + ": " + answer.statusCode() + " " + new String(answer.body()));
        }
        return JSON.readTree(answer.body().length == 0 ? "{}".getBytes() : answer.body());
    }

    /** Also what a failure has left: the cloud takes down its hosts' networks only when no guest is there. */
    @Override
    public void close() throws Exception {
        try {
            for (JsonNode vm : call("GET", "/v1/vms?limit=100", null).path("items")) {
                finish(call("DELETE", "/v1/vms/" + vm.path("id").asString(), null));
            }
        } finally {
            up.destroy();
            up.onExit().get(90, TimeUnit.SECONDS);
        }
    }
}
