package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.e2e.Spans.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** One operation, seen from outside: its trace and its log lines, through both processes down to QEMU. */
@Tag("guest")
class WatchingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private final Cloud cloud = Cloud.shared();

    @Test
    void oneTraceLeadsFromTheCallToTheCommandsForQemu() {
        Api tenant = cloud.admin().newTenant("traced");
        Map<String, Object> request = Vm.request("traced");
        request.put("boot", Images.shared().directBoot());
        JsonNode operation = tenant.succeeded(tenant.post("/v1/vms", request));
        String id = operation.get("id").asString();
        Span accepted = await("the operation's span")
                .atMost(PATIENCE)
                .until(
                        () -> spans().filter(span -> span.name().equals("CreateVm accepted"))
                                .filter(span -> id.equals(span.attributes().get("yado.operation")))
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
        await("all spans of " + accepted.trace()).atMost(PATIENCE).untilAsserted(() -> {
            List<Span> trace = spans().filter(span -> span.trace().equals(accepted.trace()))
                    .toList();
            Span call = only(trace, "yado-controller", "POST /v1/vms");
            assertThat(call.parent()).isEmpty();
            assertThat(accepted.parent()).isEqualTo(call.id());
            for (String step : List.of("PLACE", "DEFINE", "SETTLE")) {
                assertThat(trace)
                        .filteredOn(span -> span.name().equals("CreateVm " + step))
                        .isNotEmpty()
                        .allMatch(span -> span.parent().equals(accepted.id()));
            }
            Span hostCall = only(trace, "yado-controller", "PUT /v1/vms/{id}");
            assertThat(hostCall.parent())
                    .isEqualTo(only(trace, "yado-controller", "CreateVm DEFINE").id());
            Span taken = only(trace, "vmmd", "PUT /v1/vms/{id}");
            assertThat(taken.parent()).isEqualTo(hostCall.id());
            Span loop = only(trace, "vmmd", "loop PUT");
            assertThat(loop.parent()).isEqualTo(taken.id());
            Span start = only(trace, "vmmd", "start");
            assertThat(start.parent()).isEqualTo(loop.id());
            assertThat(only(trace, "vmmd", "qmp query-status").parent()).isEqualTo(start.id());
            assertThat(only(trace, "vmmd", "qmp cont").parent()).isEqualTo(start.id());
        });
        tenant.succeeded(tenant.delete("/v1/vms/" + operation.get("targetId").asString()));
    }

    @Test
    void oneOperationIdFindsItsLinesInTheLogsOfBothSides() throws IOException {
        Api tenant = cloud.admin().newTenant("logged");
        Map<String, Object> request = Vm.request("logged");
        request.put("boot", Images.shared().directBoot());
        JsonNode operation = tenant.succeeded(tenant.post("/v1/vms", request));
        String id = operation.get("id").asString();
        String vm = operation.get("targetId").asString();

        assertThat(lines("controller", id))
                .allMatch(line -> line.contains("vm=" + vm))
                .anyMatch(line -> line.contains("CreateVm has ended: SUCCEEDED"));
        assertThat(Cloud.hosts().stream().flatMap(host -> lines(host, id).stream()))
                .allMatch(line -> line.contains("vm=" + vm))
                .anyMatch(line -> line.contains("is wanted RUNNING"))
                .anyMatch(line -> line.contains("has come up"))
                .anyMatch(line -> line.contains("is RUNNING"));
        tenant.succeeded(tenant.delete("/v1/vms/" + vm));
    }

    @Test
    void noLogHasASecret() throws IOException {
        for (String secret : List.of("admin-token", "metrics-token", "ca-key", "pg-password")) {
            Path file = cloud.state().resolve(secret);
            if (Files.exists(file)) {
                String value = Files.readString(file).strip();
                try (Stream<Path> logs = Files.list(cloud.state().resolve("log"))) {
                    assertThat(logs)
                            .allSatisfy(log -> assertThat(Files.readString(log))
                                    .as("%s in %s", secret, log)
                                    .doesNotContain(value));
                }
            }
        }
    }

    private Stream<Span> spans() {
        return cloud.spans().all().stream();
    }

    private static Span only(List<Span> trace, String service, String name) {
        List<Span> found = trace.stream()
                .filter(span -> span.service().equals(service) && span.name().equals(name))
                .toList();
        assertThat(found).as("%s of %s in %s", name, service, trace).hasSize(1);
        return found.getFirst();
    }

    private List<String> lines(String service, String word) {
        try (Stream<String> lines = Files.lines(cloud.state().resolve("log").resolve(service + ".log"))) {
            return lines.filter(line -> line.contains(word)).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
