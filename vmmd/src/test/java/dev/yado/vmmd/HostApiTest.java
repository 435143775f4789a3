package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The daemon's door: who may enter, what is refused, and what it tells the controller. No guest runs. */
class HostApiTest {
    private static TestingHost host;

    @BeforeAll
    static void startHost() throws IOException {
        host = TestingHost.start();
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @Test
    void badRequestsAreRefusedWithACode() {
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(), null));
        String path = "/v1/vms/" + spec.id();
        String good = new String(ProtocolJson.mapper().writeValueAsBytes(spec), StandardCharsets.UTF_8);
        refused("PUT", path, "not json", 400, "INVALID_REQUEST");
        refused("PUT", path, "null", 400, "INVALID_REQUEST");
        refused("PUT", path, "{}", 400, "INVALID_REQUEST");
        refused("PUT", path, good.replace("\"vcpus\":1", "\"vcpus\":-1"), 400, "shape.vcpus");
        refused("PUT", path, good.replace("\"vcpus\":1", "\"vcpus\":\"many\""), 400, "INVALID_REQUEST");
        refused("PUT", path, good.replace("\"desired\":\"RUNNING\"", "\"desired\":\"DELETED\""), 400, "DELETED");
        refused("PUT", path.substring(0, path.length() - 12) + "000000000000", good, 400, "differ");
        refused("PUT", "/v1/vms/..%2f..%2fetc", good, 404, "NOT_FOUND");
        refused("PUT", "/v1/vms/no-uuid", good, 400, "INVALID_REQUEST");
        refused("PUT", path, "x".repeat(2 << 20), 413, "TOO_LARGE");
        refused("DELETE", path, "", 400, "generation");
        refused("GET", path, "", 404, "NOT_FOUND");
        refused("GET", path + "/serial", "", 404, "NOT_FOUND");
        refused("POST", "/v1/report", "", 404, "NOT_FOUND");
        assertThat(text(host.send("GET", "/v1/vms", new byte[0]))).isEqualTo("[]");
    }

    @Test
    void deletionOfAVmThatWasNeverHereIsRemembered() {
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(), null));
        assertThat(host.delete(spec).state()).isEqualTo(ObservedState.ABSENT);
        assertThat(host.delete(spec).state()).isEqualTo(ObservedState.ABSENT);
        refused("PUT", "/v1/vms/" + spec.id(), json(spec), 409, "STALE_GENERATION");
        assertThat(host.get(spec.id()).state()).isEqualTo(ObservedState.ABSENT);
    }

    @Test
    void controllerHearsEveryChangeAndEverythingWhenItAsks() {
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(), null));
        VmSpec stopped = TestingHost.stopped(spec);
        assertThat(reports().findFirst())
                .hasValueSatisfying(first -> assertThat(first.full()).isTrue());
        host.put(stopped);
        await("the report").until(() -> states(stopped).contains(ObservedState.STOPPED));
        host.controller().askForFull(true);
        await("a full report")
                .atMost(java.time.Duration.ofSeconds(20))
                .until(() -> reports().skip(1).anyMatch(report -> report.full() && mentions(report, stopped)));
        host.controller().askForFull(false);
        host.delete(stopped);
        await("its absence").until(() -> states(stopped).getLast() == ObservedState.ABSENT);
        List<Long> sequence = reports().map(HostReport::sequence).toList();
        assertThat(sequence).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void changesWhileTheControllerIsAwayArriveWhenItIsBack() {
        VmSpec spec = TestingHost.stopped(
                host.spec(new VmShape(1, new Mebibytes(32), AcceleratorChoice.TCG, List.of(), null)));
        host.controller().fail(true);
        host.put(spec);
        host.delete(spec);
        host.controller().fail(false);
        await("its absence")
                .atMost(java.time.Duration.ofSeconds(20))
                .until(() -> !states(spec).isEmpty() && states(spec).getLast() == ObservedState.ABSENT);
    }

    @Test
    void hostSaysWhatItIs() {
        HostReport report = ProtocolJson.mapper()
                .readValue(host.send("GET", "/v1/report", new byte[0]).body(), HostReport.class);
        assertThat(report.name()).isEqualTo("testing-host");
        assertThat(report.full()).isTrue();
        assertThat(report.facts().capacity().cpus())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(report.facts().qemuVersion()).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(text(host.send("GET", "/v1/selftest", new byte[0]))).contains("verdict");
    }

    private static Stream<HostReport> reports() {
        return host.controller().reports().stream();
    }

    private static List<ObservedState> states(VmSpec spec) {
        return reports()
                .flatMap(report -> report.vms().stream())
                .filter(vm -> vm.id().equals(spec.id()))
                .map(VmReport::state)
                .toList();
    }

    private static boolean mentions(HostReport report, VmSpec spec) {
        return report.vms().stream().anyMatch(vm -> vm.id().equals(spec.id()));
    }

    private static void refused(String method, String path, String body, int status, String word) {
        HttpResponse<byte[]> answer = host.send(method, path, body.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(text(answer)).contains(word);
    }

    private static String json(VmSpec spec) {
        return new String(ProtocolJson.mapper().writeValueAsBytes(spec), StandardCharsets.UTF_8);
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
