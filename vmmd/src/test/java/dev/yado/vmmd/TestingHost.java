package dev.yado.vmmd;

import static org.awaitility.Awaitility.await;

import dev.yado.kernel.ProcFs;
import dev.yado.kernel.ProcessInfo;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.vmmd.store.StateDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A real daemon in a JVM of its own, with a controller that answers it. Closing it leaves no process and no file. */
final class TestingHost implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    private final HttpClient http;
    private final Path directory;
    private final List<String> options;
    private final TestingImages images;
    private final TestingController controller;
    private final boolean ownsController;
    private @Nullable Process daemon;
    private String address = "";

    private TestingHost(Path directory, List<String> options, @Nullable TestingHost first) throws IOException {
        this.directory = directory;
        this.options = options;
        this.images = first == null ? new TestingImages() : first.images;
        this.controller = first == null ? new TestingController(images) : first.controller;
        this.ownsController = first == null;
        this.http = client(controller.tls().client());
        UUID id = StateDirectory.claimHostId(state()).value();
        IdentityFile.in(state()).write(controller.ca().host(id, "testing-host"));
    }

    /** @param options more of the daemon's options */
    static TestingHost start(String... options) throws IOException {
        return startIn(Files.createTempDirectory("yado-host-"), options);
    }

    /** @param directory empty; it is removed in the end */
    static TestingHost startIn(Path directory, String... options) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        TestingHost host = new TestingHost(directory, List.of(options), null);
        host.startDaemon();
        return host;
    }

    /** Another host of the same cloud; the first one is to be closed last. */
    TestingHost second(String... more) throws IOException {
        Path other = Files.createTempDirectory("yado-host-");
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rwx--x--x"));
        TestingHost host = new TestingHost(other, List.of(more), this);
        host.startDaemon();
        return host;
    }

    HostId id() throws IOException {
        return StateDirectory.claimHostId(state());
    }

    /** Where its daemon listens. */
    String address() {
        return address;
    }

    TestingController controller() {
        return controller;
    }

    TestingImages images() {
        return images;
    }

    Path state() {
        return directory.resolve("state");
    }

    Path vmDirectory(VmId id) {
        return state().resolve("vms").resolve(id.toString());
    }

    Process daemon() {
        Process running = daemon;
        if (running == null) {
            throw new IllegalStateException("no daemon was started");
        }
        return running;
    }

    String daemonLog() throws IOException {
        return Files.readString(directory.resolve("daemon.log"));
    }

    /** Starts a daemon on the same state and waits until it answers. */
    void startDaemon() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.yado.vmmd.Main",
                "--state",
                state().toString(),
                "--listen",
                "127.0.0.1:0",
                "--controller",
                controller.url()));
        command.addAll(options);
        Files.deleteIfExists(state().resolve("address"));
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        Redirect.appendTo(directory.resolve("daemon.log").toFile()))
                .start();
        daemon = started;
        await("the daemon's address")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    if (!started.isAlive()) {
                        throw new IllegalStateException("the daemon ended: " + daemonLog());
                    }
                    return Files.exists(state().resolve("address"));
                });
        address = Files.readString(state().resolve("address")).strip();
    }

    /** As kill -9: the daemon gets no chance to say or write anything. */
    void killDaemon() {
        daemon().destroyForcibly().onExit().join();
    }

    /** The host loses everything that runs on it. */
    void loseAllProcesses() {
        killDaemon();
        guests().forEach(TestingHost::kill);
        await("all guests gone").atMost(PATIENCE).until(() -> guests().isEmpty());
    }

    /** Process ids of all QEMUs of this host. */
    List<Long> guests() {
        return processes(process -> true);
    }

    /** Process ids of all QEMUs of a VM on this host. */
    List<Long> guests(VmId id) {
        return processes(process -> process.commandLine().contains(id.toString()));
    }

    /** The only QEMU of a VM. */
    long pid(VmId id) {
        List<Long> pids = guests(id);
        if (pids.size() != 1) {
            throw new AssertionError("expected one QEMU of " + id + ", found " + pids);
        }
        return pids.getFirst();
    }

    static void kill(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private List<Long> processes(Predicate<ProcessInfo> wanted) {
        try {
            return ProcFs.ofHost().scan(words -> words.contains("-uuid")).stream()
                    .filter(process -> !process.zombie())
                    .filter(process -> process.workingDirectory() != null
                            && process.workingDirectory().startsWith(directory))
                    .filter(wanted)
                    .map(ProcessInfo::pid)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Specs

    /** A VM that boots from a clone of the image, generation 1, run epoch 1, desired RUNNING. */
    VmSpec spec(ImageRef image) {
        DiskSpec disk = new DiskSpec(DiskId.random(), image, Mebibytes.ceilOfBytes(image.virtualSize()));
        return spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(disk), null));
    }

    VmSpec spec(VmShape shape) {
        return new VmSpec(
                VmId.random(),
                TenantId.random(),
                "guest, of a test",
                1,
                1,
                DesiredState.RUNNING,
                StopPolicy.HARD,
                0,
                shape,
                null);
    }

    static DirectBoot directBoot(ImageRef kernel, ImageRef initrd, String commandLine) {
        return new DirectBoot(kernel, initrd, commandLine);
    }

    static VmSpec next(VmSpec spec, DesiredState desired, StopPolicy stop, long runEpoch) {
        return new VmSpec(
                spec.id(),
                spec.tenantId(),
                spec.name(),
                spec.generation() + 1,
                runEpoch,
                desired,
                stop,
                spec.reboots(),
                spec.shape(),
                spec.autostart(),
                spec.nics(),
                spec.setup(),
                spec.model());
    }

    static VmSpec stopped(VmSpec spec) {
        return next(spec, DesiredState.STOPPED, StopPolicy.HARD, spec.runEpoch());
    }

    static VmSpec stoppedGracefully(VmSpec spec, int seconds) {
        return next(spec, DesiredState.STOPPED, new StopPolicy(StopPolicy.Mode.GRACEFUL, seconds), spec.runEpoch());
    }

    static VmSpec startedAgain(VmSpec spec) {
        return next(spec, DesiredState.RUNNING, StopPolicy.HARD, spec.runEpoch() + 1);
    }

    static VmSpec paused(VmSpec spec) {
        return next(spec, DesiredState.PAUSED, StopPolicy.HARD, spec.runEpoch());
    }

    static VmSpec rebooted(VmSpec spec) {
        VmSpec next = next(spec, spec.desired(), spec.stop(), spec.runEpoch());
        return new VmSpec(
                next.id(),
                next.tenantId(),
                next.name(),
                next.generation(),
                next.runEpoch(),
                next.desired(),
                next.stop(),
                spec.reboots() + 1,
                next.shape(),
                next.autostart());
    }

    static VmSpec with(VmSpec spec, UnaryOperator<VmShape> change, @Nullable Autostart autostart) {
        return new VmSpec(
                spec.id(),
                spec.tenantId(),
                spec.name(),
                spec.generation(),
                spec.runEpoch(),
                spec.desired(),
                spec.stop(),
                spec.reboots(),
                change.apply(spec.shape()),
                autostart);
    }

    // Calls

    VmReport put(VmSpec spec) {
        HttpResponse<byte[]> answer =
                send("PUT", "/v1/vms/" + spec.id(), ProtocolJson.mapper().writeValueAsBytes(spec));
        return report(answer);
    }

    VmReport delete(VmSpec spec) {
        return report(send("DELETE", "/v1/vms/" + spec.id() + "?generation=" + (spec.generation() + 1), new byte[0]));
    }

    VmReport get(VmId id) {
        return report(send("GET", "/v1/vms/" + id, new byte[0]));
    }

    String serial(VmId id, int port) {
        return new String(
                send("GET", "/v1/vms/" + id + "/serial?port=" + port, new byte[0])
                        .body(),
                StandardCharsets.ISO_8859_1);
    }

    void type(VmId id, String text) {
        HttpResponse<byte[]> answer =
                send("POST", "/v1/vms/" + id + "/console?port=0", text.getBytes(StandardCharsets.US_ASCII));
        if (answer.statusCode() != 204) {
            throw new AssertionError("typing was answered with " + answer.statusCode() + " "
                    + new String(answer.body(), StandardCharsets.UTF_8));
        }
    }

    HttpResponse<byte[]> send(String method, String path, byte[] body) {
        return send(method, path, body, new CallFence(OperationId.random(), "test", 1));
    }

    HttpResponse<byte[]> send(String method, String path, byte[] body, CallFence fence) {
        try {
            return send(http, method, path, body, fence);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static HttpClient client(SSLContext tls) {
        return HttpClient.newBuilder()
                .sslContext(tls)
                .connectTimeout(Duration.ofSeconds(5))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** As whoever the client's certificate says. */
    HttpResponse<byte[]> send(HttpClient as, String method, String path, byte[] body, CallFence fence)
            throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, BodyPublishers.ofByteArray(body))
                .header(CallFence.HEADER, fence.header())
                .build();
        try {
            return as.send(request, BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The console's endless answer. */
    java.io.InputStream console(VmId id) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/v1/vms/" + id + "/console?port=0"))
                .build();
        return http.send(request, BodyHandlers.ofInputStream()).body();
    }

    // Waits

    VmReport awaitState(VmId id, ObservedState state) {
        return await(id + " is " + state + " and settled")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> get(id), report -> report.state() == state && report.settled());
    }

    void awaitCause(VmId id, ObservedState state, Cause.Code cause) {
        VmReport report = awaitState(id, state);
        if (report.cause() == null || report.cause().code() != cause) {
            throw new AssertionError("expected cause " + cause + ", got " + report);
        }
    }

    void awaitSerial(VmId id, int port, String text) {
        await("'" + text + "' on serial port " + port)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> serial(id, port).contains(text));
    }

    private static VmReport report(HttpResponse<byte[]> answer) {
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8));
        }
        return ProtocolJson.mapper().readValue(answer.body(), VmReport.class);
    }

    @Override
    public void close() throws IOException {
        if (daemon != null) {
            daemon().destroyForcibly().onExit().join();
        }
        guests().forEach(TestingHost::kill);
        await("all guests gone").atMost(PATIENCE).until(() -> guests().isEmpty());
        if (ownsController) {
            controller.close();
        }
        removeCgroups();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(TestingHost::remove);
        }
    }

    private void removeCgroups() throws IOException {
        if (Files.notExists(state().resolve("host-id"))) {
            return;
        }
        String host = Files.readString(state().resolve("host-id")).strip();
        for (String controllerName : List.of("", "unified", "memory", "cpu")) {
            Path tree = Path.of("/sys/fs/cgroup", controllerName, "yado", host);
            if (Files.isDirectory(tree)) {
                try (Stream<Path> entries = Files.walk(tree)) {
                    entries.filter(Files::isDirectory)
                            .sorted(Comparator.reverseOrder())
                            .forEach(TestingHost::remove);
                }
            }
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
