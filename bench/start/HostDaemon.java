import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.trust.CertificateAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** One vmmd, started as {@code yado up} starts it, with one VM; the benchmark is its controller. */
final class HostDaemon implements AutoCloseable {
    private static final Duration A_DAY = Duration.ofDays(1);

    private final Path state;
    private final Path image;
    private final HttpsServer controller;
    private final CertificateAuthority ca = CertificateAuthority.make();
    private final MachineTls tls =
            new MachineTls(ca.identity(new Machine(Machine.Role.CONTROLLER, UUID.randomUUID()), "bench", A_DAY));
    // The daemon is known by its certificate, whatever its address: the context of MachineTls looks at no names.
    private final HttpClient http = HttpClient.newBuilder()
            .sslContext(tls.client())
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final VmId id = VmId.random();
    private final OperationId operation = OperationId.random();
    private VmSpec spec;
    private ProcessHandle process;
    private URI address;

    /** @param image a raw boot disk */
    HostDaemon(Path state, Path image, int vcpus, int memoryMib) throws Exception {
        join(state.resolve("hosts/host-1"));
        this.state = Files.createDirectories(state);
        this.image = image;
        this.spec = new VmSpec(
                id,
                TenantId.random(),
                "bench",
                0,
                0,
                DesiredState.STOPPED,
                StopPolicy.HARD,
                0,
                new VmShape(
                        vcpus,
                        new Mebibytes(memoryMib),
                        AcceleratorChoice.TCG,
                        List.of(new DiskSpec(DiskId.random(), reference(image), Mebibytes.ofGibibytes(1))),
                        null),
                null);
        controller = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        controller.setHttpsConfigurator(new HttpsConfigurator(tls.server()));
        controller.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        controller.createContext("/", this::answer);
        controller.start();
    }

    /** What joining leaves on a host. */
    private void join(Path host) throws IOException {
        Files.createDirectories(host);
        HostId id = HostId.random();
        Files.writeString(host.resolve("host-id"), id + "\n");
        Machine machine = new Machine(Machine.Role.HOST, id.value());
        IdentityFile.in(host).write(ca.identity(machine, "host-1", A_DAY));
    }

    /** Returns the process, which may not listen yet. */
    ProcessHandle launch() throws Exception {
        Files.deleteIfExists(hostState().resolve("address"));
        Process starter = new ProcessBuilder(
                        Path.of(System.getenv("YADO_ROOT"), "bench/start/daemon").toString(),
                        state.toString(),
                        Integer.toString(controller.getAddress().getPort()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String pid = new String(starter.getInputStream().readAllBytes()).strip();
        if (starter.waitFor() != 0) {
            throw new IllegalStateException("the daemon was not started");
        }
        process = ProcessHandle.of(Long.parseLong(pid)).orElseThrow(() -> new IllegalStateException("the daemon ended at once"));
        return process;
    }

    void awaitHealth() throws Exception {
        Path file = hostState().resolve("address");
        Watch.await("the daemon's address (its log is in " + state.resolve("log") + ")", Duration.ofSeconds(30), () -> Watch.size(file) > 0);
        address = URI.create(Files.readString(file).strip());
        int status = http.send(request("/v1/health").GET().build(), BodyHandlers.discarding()).statusCode();
        if (status != 200) {
            throw new IllegalStateException("the daemon's health answers " + status);
        }
    }

    /** Gives it the stopped VM, so that its image and disk are there. */
    void define() throws Exception {
        put().call().get(60, TimeUnit.SECONDS);
        settle();
    }

    /** Calls over a connection that is kept open, as the controller's are. */
    Side byConnection() {
        return new Vm(this::put);
    }

    /** {@code curl} executed for every call. */
    Side byCommand() {
        return new Vm(this::curl);
    }

    @Override
    public void close() throws Exception {
        end();
        controller.stop(0);
        http.close();
    }

    void end() throws Exception {
        if (process != null) {
            process.destroy();
            process.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    private Path hostState() {
        return state.resolve("hosts/host-1");
    }

    private Callable<CompletableFuture<?>> put() {
        HttpRequest request = request("/v1/vms/" + id)
                .header(CallFence.HEADER, new CallFence(operation, "bench", spec.generation()).header())
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(body()))
                .build();
        return () -> http.sendAsync(request, BodyHandlers.ofString()).thenAccept(answer -> {
            if (answer.statusCode() != 200) {
                throw new CompletionException(new IOException(answer.statusCode() + " " + answer.body()));
            }
        });
    }

    private Callable<CompletableFuture<?>> curl() throws IOException {
        Path body = Files.write(state.resolve("body.json"), body());
        Path headers = Files.writeString(
                state.resolve("headers"),
                CallFence.HEADER + ": " + new CallFence(operation, "bench", spec.generation()).header()
                        + "\nContent-Type: application/json\n");
        IdentityFile own = new IdentityFile(state.resolve("bench.pem"));
        own.write(tls.identity());
        List<String> command = List.of(
                "curl", "-sS", "--fail-with-body", "--insecure", "--cert", own.path().toString(), "--key", own.path().toString(), "-X", "PUT", "-H", "@" + headers, "--data-binary", "@" + body, address + "/v1/vms/" + id);
        return () -> Command.run(command, state.resolve("curl.out"));
    }

    private byte[] body() {
        return ProtocolJson.mapper().writeValueAsBytes(spec);
    }

    private void settle() throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (true) {
            VmReport report = ProtocolJson.mapper()
                    .readValue(
                            http.send(request("/v1/vms/" + id).GET().build(), BodyHandlers.ofByteArray())
                                    .body(),
                            VmReport.class);
            if (report.settled() && report.generation() == spec.generation()) {
                if (!report.state().name().equals(spec.desired().name())) {
                    throw new IllegalStateException("the VM is not " + spec.desired() + ": " + report);
                }
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the VM does not settle: " + report);
            }
            Thread.sleep(2);
        }
    }

    private VmSpec next(DesiredState desired, long epochs) {
        return new VmSpec(
                id,
                spec.tenantId(),
                spec.name(),
                spec.generation() + 1,
                spec.runEpoch() + epochs,
                desired,
                StopPolicy.HARD,
                0,
                spec.shape(),
                null);
    }

    private interface Client {
        Callable<CompletableFuture<?>> prepare() throws Exception;
    }

    private final class Vm implements Side {
        private final Client client;

        Vm(Client client) {
            this.client = client;
        }

        @Override
        public Callable<CompletableFuture<?>> start() throws Exception {
            spec = next(DesiredState.RUNNING, 1);
            return client.prepare();
        }

        @Override
        public Callable<CompletableFuture<?>> stop() throws Exception {
            spec = next(DesiredState.STOPPED, 0);
            return client.prepare();
        }

        @Override
        public void settle() throws Exception {
            HostDaemon.this.settle();
        }

        @Override
        public Path serialLog() {
            return hostState().resolve("vms/" + id + "/serial0.log");
        }

        @Override
        public String uuid() {
            return id.toString();
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofSeconds(60));
    }

    /** What a host asks its controller: to take its reports, and for images. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] answer;
            if (exchange.getRequestMethod().equals("POST")) {
                answer = ProtocolJson.mapper().writeValueAsBytes(new HostReportAnswer(15, false));
                exchange.getResponseHeaders().set("Content-Type", "application/json");
            } else {
                answer = Files.readAllBytes(image);
                exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
            }
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private static ImageRef reference(Path image) throws Exception {
        byte[] content = Files.readAllBytes(image);
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        return new ImageRef(ImageId.random(), ImageFormat.RAW, digest, content.length, content.length);
    }
}
