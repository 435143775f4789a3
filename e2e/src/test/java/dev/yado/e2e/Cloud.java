package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A cloud of three hosts on this machine, as {@code ./yado up} makes it, shared by all tests of a run and ended with it. Nothing
 * of it stays: the services end with the launcher, guests by their process ids, the state directory is removed.
 */
final class Cloud {
    static final int HOSTS = 3;

    /** The hosts of the shared cloud by name. */
    static List<String> hosts() {
        return IntStream.rangeClosed(1, HOSTS).mapToObj(n -> "host-" + n).toList();
    }

    private static @Nullable Cloud shared;

    private final Path state;
    private final Spans spans;
    private final Process up;
    private final Api admin;
    private boolean lost;

    /** The cloud of this run, started at the first call. */
    static synchronized Cloud shared() {
        if (shared == null) {
            shared = start(Map.of(), "--hosts", Integer.toString(HOSTS));
        }
        return shared;
    }

    /** Another cloud, with these options of {@code up}; it ends with the run at the latest. */
    static Cloud start(Map<String, String> environment, String... options) {
        try {
            return start(Files.createTempDirectory("yado-e2e-"), freePort(), environment, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On what a state directory has already. */
    static Cloud start(Path state, int port, Map<String, String> environment, String... options) {
        Cloud cloud = new Cloud(state, port, environment, options);
        Runtime.getRuntime().addShutdownHook(new Thread(cloud::end));
        return cloud;
    }

    private Cloud(Path stateDirectory, int port, Map<String, String> environment, String... options) {
        try {
            spans = new Spans();
            state = stateDirectory;
            List<String> command =
                    new ArrayList<>(List.of(root().resolve("yado").toString(), "up"));
            command.addAll(List.of(options));
            command.addAll(List.of("--state", state.toString(), "--port", Integer.toString(port)));
            ProcessBuilder launcher = new ProcessBuilder(command);
            launcher.environment().putAll(environment);
            launcher.environment().put("YADO_OPERATIONS_HALTDIRECTORY", places().toString());
            launcher.environment().put("OTEL_EXPORTER_OTLP_ENDPOINT", spans.endpoint());
            launcher.environment().put("OTEL_BSP_SCHEDULE_DELAY", "200");
            // Half of what they are by default, so that tests that wait for a look take half the time.
            launcher.environment().put("YADO_INVENTORY_SECONDS", "10");
            launcher.environment().put("YADO_DRIFT_PERIOD", "5s");
            launcher.redirectErrorStream(true)
                    .redirectOutput(state.resolve("up.out").toFile());
            up = launcher.start();
            await("the cloud to be ready; see " + state)
                    .atMost(Duration.ofMinutes(5))
                    .until(() -> Files.exists(state.resolve("ready")) || !up.isAlive());
            assertThat(up.isAlive())
                    .as("yado up: %s", Files.readString(state.resolve("up.out")))
                    .isTrue();
            admin = new Api(
                    "http://127.0.0.1:" + port,
                    Files.readString(state.resolve("admin-token")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Api admin() {
        return admin;
    }

    /** What the services tell a collector. */
    Spans spans() {
        return spans;
    }

    Path state() {
        return state;
    }

    /** A program in the network of the data centre, which lies outside of the cloud, behind the provider network "public". */
    ProcessBuilder inDataCentre(String... command) {
        List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + state.resolve("fabric/datacentre"), "--"));
        words.addAll(List.of(command));
        return new ProcessBuilder(words);
    }

    /**
     * The next operation that passes the place is held there: {@code CreateVm:place} is after the step's commit, {@code
     * CreateVm:define:called} between the host's answer and the commit.
     */
    void holdNextAt(String place) throws IOException {
        Files.createDirectories(places());
        Files.createFile(places().resolve(place));
    }

    void awaitHeldAt(String place) {
        await("an operation to be held at " + place)
                .atMost(Duration.ofMinutes(2))
                .until(() -> Files.exists(places().resolve(place + ".held")));
    }

    void letAllGoOn() throws IOException {
        try (Stream<Path> held = Files.list(places())) {
            for (Path place : held.toList()) {
                Files.deleteIfExists(place);
            }
        }
    }

    private Path places() {
        return state.resolve("places");
    }

    /** kill -9. */
    void kill(String name) {
        ProcessHandle process = service(name);
        process.destroyForcibly();
        await(name + " to be gone").atMost(Duration.ofSeconds(30)).until(() -> !process.isAlive());
    }

    /**
     * The machine of the controller is lost with its disk: the launcher, the controller, PostgreSQL and their files. Hosts with their
     * guests, and the repository, are elsewhere.
     */
    void loseController() throws IOException {
        lost = true;
        up.destroyForcibly();
        await("the launcher to be gone").atMost(Duration.ofSeconds(30)).until(() -> !up.isAlive());
        kill("controller");
        killDatabase();
        for (String file : List.of("pgdata", "pg", "images")) {
            delete(state.resolve(file));
        }
        try (Stream<Path> files = Files.list(state)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }

    /** A host that loses its power: the daemon and these guests' processes, of which none lives to see another one end. */
    void killWhole(String host, List<Vm> guests) {
        freeze(host);
        List<ProcessHandle> processes = guests.stream()
                .flatMap(vm -> qemus(vm.id()).stream())
                .filter(process -> runsOn(process, host))
                .toList();
        processes.forEach(ProcessHandle::destroyForcibly);
        // Those that the daemon has begun are gone for good only when it is.
        kill(host);
        await("all processes of " + host + " to be gone")
                .atMost(Duration.ofSeconds(30))
                .until(() -> processes.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** Nothing is done there until {@link #thaw}; what it is told waits in its sockets. */
    ProcessHandle freeze(String name) {
        ProcessHandle process = service(name);
        signal("STOP", process.pid());
        return process;
    }

    void thaw(ProcessHandle frozen) {
        if (frozen.isAlive()) {
            signal("CONT", frozen.pid());
        }
    }

    private static void signal(String signal, long pid) {
        try {
            new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Hosts that were away are heard of again. */
    void awaitAllHosts() {
        await("all hosts to be up").atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
            for (JsonNode host : admin.get("/v1/hosts?limit=100").get("items")) {
                assertThat(host.get("state").asString())
                        .as(host.toPrettyString())
                        .isEqualTo("UP");
            }
        });
    }

    /** As {@code pg_ctl stop -m immediate}; the controller starts it again. */
    void killDatabase() throws IOException {
        long pid = Long.parseLong(Files.readAllLines(state.resolve("pgdata/postmaster.pid"))
                .getFirst()
                .strip());
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        signal("QUIT", pid);
        await("PostgreSQL to be gone").atMost(Duration.ofSeconds(30)).until(() -> !postmaster.isAlive());
    }

    ProcessHandle service(String name) {
        Path file = state.resolve("run").resolve(name + ".pid");
        return await("service " + name)
                .atMost(Duration.ofSeconds(60))
                .until(() -> process(file), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<ProcessHandle> process(Path file) throws IOException {
        return Files.exists(file) && !Files.readString(file).isBlank()
                ? ProcessHandle.of(Long.parseLong(Files.readString(file).strip()))
                : Optional.empty();
    }

    /** kill -9, and wait until the launcher has started another one. */
    void killAndAwaitSuccessor(String name) {
        ProcessHandle before = service(name);
        before.destroyForcibly();
        await("a new " + name)
                .atMost(Duration.ofSeconds(60))
                .until(() -> service(name).pid() != before.pid());
    }

    /** The QEMU process of a VM, by its command line: exactly one. */
    ProcessHandle qemu(String vmId) {
        List<ProcessHandle> found = qemus(vmId);
        assertThat(found).as("QEMU processes of " + vmId).hasSize(1);
        return found.getFirst();
    }

    List<ProcessHandle> qemus(String vmId) {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process).contains(vmId))
                .filter(process -> commandLine(process).contains("qemu-system"))
                .toList();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
                    .replace('\0', ' ');
        } catch (IOException gone) {
            return "";
        }
    }

    boolean runsOn(ProcessHandle process, String host) {
        return worksIn(process, state.resolve("hosts").resolve(host));
    }

    /** Disks, specs and sockets of a VM on any host; records of its deletion are not among them. */
    List<Path> filesOf(String vmId) throws IOException {
        try (Stream<Path> files = Files.walk(state.resolve("hosts"))) {
            return files.filter(file -> file.toString().contains(vmId))
                    .filter(file -> file.toString().endsWith(".qcow2")
                            || file.toString().endsWith("memory.json")
                            || file.toString().endsWith(".sock"))
                    .toList();
        }
    }

    /** What failed tests left goes the ordinary way first, so that the hosts take down all that belongs to it. */
    private void deleteVms() {
        for (JsonNode vm : admin.get("/v1/vms?limit=1000").get("items")) {
            admin.ended(
                    admin.delete("/v1/vms/" + vm.get("id").asString()).get("id").asString(), Duration.ofMinutes(1));
        }
    }

    /** May be called again. */
    void end() {
        if (!Files.exists(state)) {
            return;
        }
        try {
            if (!lost) {
                deleteVms();
            }
        } catch (RuntimeException | AssertionError e) {
            System.err.println("not all VMs could be deleted: " + e.getMessage());
        }
        try {
            up.destroy();
            up.waitFor(60, TimeUnit.SECONDS);
            endServices();
            spans.close();
            if (lost) {
                clearAway();
            }
            if (Files.readString(Path.of("/proc/self/mountinfo")).contains(state + "/")) {
                System.err.println("mounts are left below " + state);
            }
            try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
                processes.filter(process -> worksIn(process, state)).forEach(ProcessHandle::destroyForcibly);
            }
            if (System.getenv("YADO_E2E_KEEP") == null) {
                delete(state);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The guests, and the network between the hosts, of which the launcher does not know any more. */
    private void clearAway() throws IOException, InterruptedException {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            List<ProcessHandle> guests =
                    processes.filter(process -> worksIn(process, state)).toList();
            guests.forEach(ProcessHandle::destroyForcibly);
            await("the guests to be gone")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> guests.stream().noneMatch(ProcessHandle::isAlive));
        }
        if (Files.exists(state.resolve("fabric"))) {
            new ProcessBuilder(root().resolve("yado").toString(), "down", "--state", state.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    /** Of a launcher that did not live to do so. */
    private void endServices() throws IOException {
        try (Stream<Path> files =
                Files.exists(state.resolve("run")) ? Files.list(state.resolve("run")) : Stream.empty()) {
            for (Path file : files.toList()) {
                process(file)
                        .filter(process -> commandLine(process).contains(state.toString()))
                        .ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    private static boolean worksIn(ProcessHandle process, Path directory) {
        try {
            return Path.of("/proc/" + process.pid() + "/cwd").toRealPath().startsWith(directory);
        } catch (IOException gone) {
            return false;
        }
    }

    static Path root() {
        return Path.of(Optional.ofNullable(System.getProperty("yado.root")).orElse(".."))
                .toAbsolutePath()
                .normalize();
    }

    /** Where {@code guest/build} has put the witness guest. */
    static Path guest(String file) {
        Path directory = Optional.ofNullable(System.getenv("YADO_GUEST_DIR"))
                .map(Path::of)
                .orElse(root().resolve("target/guest"));
        assertThat(directory.resolve(file))
                .as("made by guest/build %s", directory)
                .exists();
        return directory.resolve(file);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
