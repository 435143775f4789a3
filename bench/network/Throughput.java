import java.io.IOException;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One connection from guest to guest: on one host, over VXLAN, and on libvirt's bridge. What is measured and how: bench/README.md. */
final class Throughput {
    private static final Path WORK = Path.of(System.getenv("BENCH_WORK"));
    private static final int ROUNDS = Integer.parseInt(System.getenv("BENCH_ROUNDS"));
    private static final int SECONDS = 5;
    private static final int PORT = 9000;

    /** The shell of a witness guest, by its serial port. */
    private record Guest(Path directory, String port, String address) {
        String run(String command, Duration patience) throws Exception {
            String end = "end-" + System.nanoTime();
            long before = Files.size(log());
            try (SocketChannel serial = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                serial.connect(UnixDomainSocketAddress.of(directory.resolve(port)));
                // The echo of the line has the marker in two words, the answer in one.
                String line = command + "; echo " + end.substring(0, 4) + "\"\"" + end.substring(4) + "\n";
                serial.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
                long deadline = System.nanoTime() + patience.toNanos();
                while (true) {
                    String said = since(before);
                    int at = said.indexOf(end);
                    if (at >= 0) {
                        return said.substring(0, at);
                    }
                    if (System.nanoTime() > deadline) {
                        throw new IllegalStateException(command + " in " + directory + " has only said: " + said);
                    }
                    Thread.sleep(20);
                }
            }
        }

        private Path log() {
            return directory.resolve("serial0.log");
        }

        private String since(long before) throws IOException {
            byte[] all = Files.readAllBytes(log());
            return new String(all, (int) before, (int) (all.length - before), StandardCharsets.ISO_8859_1);
        }

        void awaitReady() throws Exception {
            long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (!Files.exists(log()) || !since(0).contains("yado-guest: ready")) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("no guest has spoken in " + directory);
                }
                Thread.sleep(100);
            }
        }
    }

    /** @param cpu seconds of all processors, of all the machine did meanwhile, per gigabit */
    private record Round(double gigabits, double cpu) {}

    private record Side(String name, Guest from, Guest to, List<Round> rounds) {
        Round once() throws Exception {
            double before = busySeconds();
            String said = from.run("net pour " + to.address + " " + PORT + " " + SECONDS, Duration.ofSeconds(SECONDS + 90));
            double cpu = busySeconds() - before;
            Matcher poured = Pattern.compile("bytes=(\\d+) ms=(\\d+)").matcher(said);
            if (!poured.find()) {
                throw new IllegalStateException(name + ": " + said);
            }
            double gigabits = Long.parseLong(poured.group(1)) * 8 / 1e9;
            return new Round(gigabits / (Long.parseLong(poured.group(2)) / 1e3), cpu / gigabits);
        }

        double median(java.util.function.ToDoubleFunction<Round> figure) {
            return rounds.stream().mapToDouble(figure).sorted().skip(rounds.size() / 2).findFirst().orElseThrow();
        }
    }

    /** Of all processors since the machine was started, but for idle and waiting. */
    private static double busySeconds() throws IOException {
        String[] words = Files.readAllLines(Path.of("/proc/stat")).getFirst().trim().split("\\s+");
        double ticks = 0;
        for (int i = 1; i <= 8; i++) {
            ticks += i == 4 || i == 5 ? 0 : Double.parseDouble(words[i]);
        }
        return ticks / 100;
    }

    public static void main(String[] arguments) throws Exception {
        Yado yado = new Yado();
        try {
            Guest one = yado.guest("one");
            Guest far = yado.guest("far");
            Guest near = yado.guestBeside(one, "near");
            Guest peerOne = new Guest(WORK.resolve("libvirt/one"), "serial0.sock", "10.0.0.1");
            Guest peerTwo = new Guest(WORK.resolve("libvirt/two"), "serial0.sock", "10.0.0.2");
            for (Guest peer : List.of(peerOne, peerTwo)) {
                peer.awaitReady();
                peer.run("ip address add " + peer.address + "/24 dev eth0; ip link set eth0 up", Duration.ofSeconds(30));
            }
            List<Side> sides = List.of(
                    new Side("one host", one, near, new ArrayList<>()),
                    new Side("two hosts, VXLAN", one, far, new ArrayList<>()),
                    new Side("libvirt", peerOne, peerTwo, new ArrayList<>()));
            for (Side side : sides) {
                side.to.run("net sink " + PORT, Duration.ofSeconds(30));
                side.once();
            }
            for (int round = 0; round < ROUNDS; round++) {
                System.err.println("round " + (round + 1) + " of " + ROUNDS);
                for (Side side : sides) {
                    side.rounds.add(side.once());
                }
            }
            Side peer = sides.getLast();
            for (Side side : sides.subList(0, 2)) {
                figure("guest to guest, " + side.name, side.median(Round::gigabits), "Gbit/s", peer.median(Round::gigabits), true);
                figure("CPU of a Gbit, " + side.name, side.median(Round::cpu), "s", peer.median(Round::cpu), false);
            }
        } finally {
            yado.close();
        }
        System.exit(0);
    }

    /** The ratio is above 1 where we are ahead. */
    private static void figure(String name, double ours, String unit, double peers, boolean moreIsBetter) {
        System.out.printf(
                "{\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"peer\": %.3f, \"ratio\": %.2f}%n",
                name, ours, unit, peers, moreIsBetter ? ours / peers : peers / ours);
    }

    /** {@code yado up --hosts 2}, a network, and guests in it, one on each host in turn. */
    private static final class Yado {
        private static final JsonMapper JSON = new JsonMapper();
        private final HttpClient http = HttpClient.newHttpClient();
        private final Path state = WORK.resolve("cloud");
        private final Process up;
        private final String url;
        private String token;
        private final String network;
        private final String kernel;
        private final String initrd;

        Yado() throws Exception {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            url = "http://127.0.0.1:" + port;
            up = new ProcessBuilder(System.getenv("YADO_ROOT") + "/yado", "up", "--hosts", "2", "--state", state.toString(), "--port", "" + port)
                    .redirectErrorStream(true)
                    .redirectOutput(WORK.resolve("up.log").toFile())
                    .start();
            while (!Files.exists(state.resolve("ready"))) {
                if (!up.isAlive()) {
                    throw new IllegalStateException("the cloud did not come up");
                }
                Thread.sleep(100);
            }
            token = Files.readString(state.resolve("admin-token")).strip();
            String tenant = call("POST", "/v1/tenants", Map.of("name", "bench")).get("id").asString();
            kernel = image("kernel", "vmlinuz");
            initrd = image("initrd", "initrd.img");
            token = call("POST", "/v1/tenants/" + tenant + "/tokens", Map.of("name", "bench")).get("token").asString();
            network = call("POST", "/v1/networks", Map.of("name", "bench")).get("id").asString();
            call("POST", "/v1/networks/" + network + "/subnets", Map.of("cidr", "10.0.0.0/24"));
        }

        private String image(String name, String file) throws Exception {
            String id = call("POST", "/v1/images", Map.of("name", name, "format", "raw")).get("id").asString();
            send("PUT", "/v1/images/" + id + "/content", "application/octet-stream",
                    BodyPublishers.ofFile(Path.of(System.getenv("YADO_GUEST_DIR"), file)));
            return id;
        }

        Guest guest(String name) throws Exception {
            JsonNode operation = call("POST", "/v1/vms", Map.of(
                    "name", name, "vcpus", 1, "memoryMiB", 192, "accelerator", "tcg",
                    "boot", Map.of("kernelImageId", kernel, "initrdImageId", initrd, "cmdline", "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check"),
                    "nics", List.of(Map.of("networkId", network))));
            while (!operation.hasNonNull("endedAt")) {
                operation = call("GET", "/v1/operations/" + operation.get("id").asString() + "?waitSeconds=30", null);
            }
            String id = operation.get("targetId").asString();
            JsonNode vm = call("GET", "/v1/vms/" + id, null);
            if (!vm.get("state").asString().equals("RUNNING")) {
                throw new IllegalStateException(vm.toPrettyString());
            }
            Guest guest = new Guest(directory(id), "sock/serial0", vm.get("nics").get(0).get("addresses").get(0).asString());
            guest.awaitReady();
            return guest;
        }

        /** Guests are spread, so the next or the one after it. */
        Guest guestBeside(Guest other, String name) throws Exception {
            for (int i = 0; i < 4; i++) {
                Guest guest = guest(name + i);
                if (guest.directory.getParent().equals(other.directory.getParent())) {
                    return guest;
                }
            }
            throw new IllegalStateException("no guest was placed beside " + other);
        }

        private Path directory(String vm) throws IOException {
            try (var hosts = Files.list(state.resolve("hosts"))) {
                return hosts.map(host -> host.resolve("vms/" + vm)).filter(Files::exists).min(Comparator.naturalOrder()).orElseThrow();
            }
        }

        private JsonNode call(String method, String path, Object body) throws Exception {
            return send(method, path, "application/json",
                    body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(JSON.writeValueAsString(body)));
        }

        private JsonNode send(String method, String path, String type, HttpRequest.BodyPublisher body) throws Exception {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", type)
                            .method(method, body)
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new IllegalStateException(method + " " + path + ": " + answer.body());
            }
            return JSON.readTree(answer.body().isBlank() ? "null" : answer.body());
        }

        void close() throws Exception {
            for (JsonNode vm : call("GET", "/v1/vms?limit=100", null).get("items")) {
                JsonNode operation = call("DELETE", "/v1/vms/" + vm.get("id").asString(), null);
                call("GET", "/v1/operations/" + operation.get("id").asString() + "?waitSeconds=30", null);
            }
            up.destroy();
            up.waitFor();
        }
    }
}
