import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code yado up --simulated-hosts N} on fresh state, and its API. */
final class Cloud implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path state = Path.of(System.getenv("BENCH_WORK"), "cloud");
    private final String url = "http://127.0.0.1:" + System.getenv("BENCH_PORT");
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process up;
    private final String admin;
    private String tenant = "";

    Cloud(int hosts) throws Exception {
        up = new ProcessBuilder(
                        System.getenv("YADO_ROOT") + "/yado",
                        "up",
                        "--simulated-hosts",
                        Integer.toString(hosts),
                        "--state",
                        state.toString(),
                        "--port",
                        System.getenv("BENCH_PORT"))
                .redirectErrorStream(true)
                .redirectOutput(Path.of(System.getenv("BENCH_WORK"), "up.log").toFile())
                .start();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(state.resolve("ready"))) {
            if (!up.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("the cloud did not come up; see " + state + "/log");
            }
            Thread.sleep(100);
        }
        admin = Files.readString(state.resolve("admin-token")).strip();
        tenant = admin;
        String id = field("id", call("POST", "/v1/tenants", "{\"name\": \"bench\"}"));
        tenant = field("token", call("POST", "/v1/tenants/" + id + "/tokens", "{\"name\": \"bench\"}"));
    }

    List<Long> controller() throws IOException {
        return Proc.tree(Proc.pid(state.resolve("run/controller.pid")));
    }

    /** All of it: the postmaster and its backends. */
    List<Long> postgres() throws IOException {
        return Proc.tree(Proc.pid(state.resolve("pgdata/postmaster.pid")));
    }

    List<Long> simulator() throws IOException {
        return Proc.tree(Proc.pid(state.resolve("run/simulator.pid")));
    }

    /** Asks for a VM and waits until its operation has succeeded. @return its id */
    String create(String name) throws Exception {
        String accepted = call(
                "POST",
                "/v1/vms",
                "{\"name\": \"" + name + "\", \"vcpus\": 1, \"memoryMiB\": 64, \"disks\": [{\"sizeGiB\": 1}]}");
        succeeded(field("id", accepted));
        return field("targetId", accepted);
    }

    /** Asks for a VM and leaves it to itself. @return its id */
    String ask(String name) throws Exception {
        return field(
                "targetId",
                call(
                        "POST",
                        "/v1/vms",
                        "{\"name\": \"" + name + "\", \"vcpus\": 1, \"memoryMiB\": 64, \"disks\": [{\"sizeGiB\": 1}]}"));
    }

    void delete(String vm) throws Exception {
        succeeded(field("id", call("DELETE", "/v1/vms/" + vm, null)));
    }

    private void succeeded(String operation) throws Exception {
        String answer = "";
        for (int look = 0; look < 6; look++) {
            answer = call("GET", "/v1/operations/" + operation + "?waitSeconds=30", null);
            if (field("status", answer).equals("SUCCEEDED")) {
                return;
            }
        }
        throw new IllegalStateException("not succeeded: " + answer.substring(0, Math.min(answer.length(), 1_500)));
    }

    /** The tenant's. */
    String token() {
        return tenant;
    }

    String get(String path) throws Exception {
        return call("GET", path, null);
    }

    private String call(String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + tenant);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json").method(method, BodyPublishers.ofString(body));
        }
        HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalStateException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    /** The first of that name, which in all answers here is the outermost. */
    static String field(String name, String json) {
        Matcher matcher = Pattern.compile("\"" + name + "\":(?:\"([^\"]*)\"|([-0-9.E]+))").matcher(json);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    }

    /** What the simulator has seen of its reports since the last call. */
    String reportFigures() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        Files.readString(state.resolve("simulator/figures-address")).strip() + "/figures"))
                .build();
        return http.send(request, BodyHandlers.ofString()).body();
    }

    @Override
    public void close() throws Exception {
        up.destroy();
        up.waitFor();
    }
}
