package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.trust.IdentityFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an operator sees of a real daemon with real guests: metrics, readiness, log. */
@Tag("guest")
class WatchingTest {
    private static final Pattern LISTENER = Pattern.compile("metrics, health and readiness on (http://\\S+)");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestingHost host;
    private static String listener;

    @BeforeAll
    static void startHost() throws IOException {
        host = TestingHost.start("--metrics", "0");
        Matcher said = LISTENER.matcher(host.daemonLog());
        assertThat(said.find()).isTrue();
        listener = said.group(1);
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void tellsWhatAGuestUses() {
        VmSpec spec = running();
        String metrics = get("/metrics").body();
        assertThat(sample(metrics, "vmmd_vm_cpu_seconds_total", spec)).isPositive();
        assertThat(sample(metrics, "vmmd_vm_resident_bytes", spec)).isGreaterThan(1 << 20);
        assertThat(sample(metrics, "vmmd_vm_memory_bytes", spec)).isEqualTo(32 << 20);
        assertThat(sample(metrics, "vmmd_vm_starts_total", spec)).isEqualTo(1);
        assertThat(sample(metrics, "vmmd_vm_disk_read_bytes_total", spec)).isGreaterThanOrEqualTo(512);
        assertThat(metrics)
                .contains("vmmd_vm_state{id=\"" + spec.id() + "\",name=\"guest, of a test\",state=\"RUNNING\"} 1\n")
                .containsPattern("vmmd_qmp_seconds_count\\{command=\"cont\"} [1-9]")
                .containsPattern("vmmd_reports_taken_total [1-9]");
        host.delete(spec);
        assertThat(get("/metrics").body()).doesNotContain(spec.id().toString());
    }

    @Test
    void leavesOutAQemuThatHangsAndStillTellsOfTheOthers() throws Exception {
        VmSpec hanging = running();
        VmSpec well = running();
        signal("STOP", host.pid(hanging.id()));
        try {
            for (int scrape = 0; scrape < 3; scrape++) {
                String metrics = get("/metrics").body();
                assertThat(samples(metrics, "vmmd_vm_disk_reads_total", hanging))
                        .isEmpty();
                assertThat(samples(metrics, "vmmd_vm_disk_reads_total", well)).hasSize(1);
                assertThat(samples(metrics, "vmmd_vm_cpu_seconds_total", hanging))
                        .hasSize(1);
                assertThat(value(metrics, "vmmd_qemu_silent_total")).isGreaterThan(scrape);
            }
            assertThat(host.get(hanging.id()).state()).as("its loop answers").isEqualTo(ObservedState.RUNNING);
        } finally {
            signal("CONT", host.pid(hanging.id()));
        }
        host.delete(hanging);
        host.delete(well);
    }

    @Test
    void namesTheOperationInEveryLineOfItsWork() throws IOException {
        VmSpec spec = host.spec(host.images().obedientGuest());
        OperationId operation = OperationId.random();
        byte[] body = ProtocolJson.mapper().writeValueAsBytes(spec);
        CallFence fence = new CallFence(operation, "DEFINE", 1);
        assertThat(host.send("PUT", "/v1/vms/" + spec.id(), body, fence).statusCode())
                .isEqualTo(200);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        List<String> lines = host.daemonLog()
                .lines()
                .filter(line -> line.contains("vm=" + spec.id()))
                .toList();
        assertThat(lines)
                .allMatch(line -> line.contains("operation=" + operation + " step=DEFINE"))
                .anyMatch(line -> line.contains("is wanted RUNNING"))
                .anyMatch(line -> line.contains("has come up"))
                .anyMatch(line -> line.contains("is RUNNING"));
        host.delete(spec);
    }

    @Test
    void isReadyAlsoWithoutAController() throws IOException {
        try (TestingHost lonely = TestingHost.start("--metrics", "127.0.0.1:0")) {
            Matcher said = LISTENER.matcher(lonely.daemonLog());
            assertThat(said.find()).isTrue();
            lonely.controller().close();
            org.awaitility.Awaitility.await("the daemon to notice")
                    .atMost(TestingHost.PATIENCE)
                    .until(() -> get(said.group(1), "/ready").body().contains("takes no reports since"));
            assertThat(get(said.group(1), "/ready").statusCode()).isEqualTo(200);
            assertThat(get(said.group(1), "/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void keepsItsSecretOutOfLogsAndMetrics() throws IOException {
        assertThat(host.send("GET", "/v1/vms", new byte[0]).statusCode()).isEqualTo(200);
        String key = Files.readAllLines(IdentityFile.in(host.state()).path()).get(1);
        assertThat(host.daemonLog()).doesNotContain(key);
        assertThat(get("/metrics").body()).doesNotContain(key);
    }

    @Test
    void exportsEveryMetricThatTheDashboardAndTheAlertsName() throws IOException {
        VmSpec spec = running();
        Path files = Path.of(System.getProperty("yado.root", ".."), "docs/observability");
        String named =
                Files.readString(files.resolve("yado-dashboard.json")) + Files.readString(files.resolve("alerts.yaml"));
        Set<String> wanted = Pattern.compile("\\bvmmd_[a-z0-9_]+")
                .matcher(named)
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());
        Set<String> exported = get("/metrics")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
        assertThat(wanted).hasSizeGreaterThan(8);
        assertThat(exported).containsAll(wanted);
        host.delete(spec);
    }

    private static VmSpec running() {
        VmSpec spec = host.spec(host.images().obedientGuest());
        host.put(spec);
        host.awaitSerial(spec.id(), 0, "obedient: hello");
        host.awaitState(spec.id(), ObservedState.RUNNING);
        return spec;
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static double sample(String metrics, String name, VmSpec spec) {
        List<String> found = samples(metrics, name, spec);
        assertThat(found).as(name).hasSize(1);
        return Double.parseDouble(found.getFirst());
    }

    private static List<String> samples(String metrics, String name, VmSpec spec) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + "{id=\"" + spec.id() + "\""))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .toList();
    }

    private static double value(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static HttpResponse<String> get(String path) {
        return get(listener, path);
    }

    private static HttpResponse<String> get(String base, String path) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(base + path))
                            .timeout(Duration.ofSeconds(30))
                            .build(),
                    BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(base + path, e);
        }
    }
}
