package dev.yado.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.env.Environment;
import tools.jackson.databind.JsonNode;

/** What an operator sees of a running controller. */
@ControllerTest
class ObservabilityTest {
    private static final Path ROOT = Path.of(System.getProperty("yado.root", ".."));
    private static final Pattern METRIC = Pattern.compile("\\b(yado|http_server|hikaricp|jvm|process)_[a-z0-9_]+");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private Environment environment;

    @Test
    void metricsOpenToScrapersAndAdministratorsOnly() throws IOException {
        ControllerClient scraper = administrator.withToken(scrapeToken());
        assertThat(scraper.get("/actuator/prometheus").status()).isEqualTo(200);
        assertThat(administrator.get("/actuator/prometheus").status()).isEqualTo(200);
        assertThat(administrator
                        .withToken(tenantToken())
                        .get("/actuator/prometheus")
                        .status())
                .isEqualTo(401);
        assertThat(administrator
                        .send(HttpRequest.newBuilder(administrator.uri("/actuator/prometheus")))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void theTokenForScrapersOpensNothingElse() throws IOException {
        ControllerClient scraper = administrator.withToken(scrapeToken());
        assertThat(scraper.get("/v1/hosts").status()).isEqualTo(401);
        assertThat(scraper.get("/actuator/health/readiness").status()).isEqualTo(401);
    }

    @Test
    void exportsEveryMetricThatTheDashboardAndTheAlertsName() throws IOException {
        oneOperation();
        Set<String> wanted = new TreeSet<>(named("yado-dashboard.json"));
        wanted.addAll(named("alerts.yaml"));
        assertThat(wanted).hasSizeGreaterThan(10);
        await("every metric that the dashboard names")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(exported()).containsAll(wanted));
    }

    @Test
    void theDashboardIsJsonWithAQueryInEachPanel() throws IOException {
        JsonNode dashboard = dev.yado.protocol.ProtocolJson.mapper()
                .readTree(Files.readString(ROOT.resolve("docs/observability/yado-dashboard.json")));
        assertThat(dashboard.path("uid").asString("")).isEqualTo("yado");
        int panels = 0;
        for (JsonNode panel : dashboard.path("panels")) {
            if (!panel.path("type").asString("").equals("row")) {
                panels++;
                assertThat(panel.path("targets").path(0).path("expr").asString(""))
                        .as(panel.path("title").asString(""))
                        .isNotBlank();
            }
        }
        assertThat(panels).isGreaterThan(8);
    }

    @Test
    void noMetricHasTheIdOfAnything() throws IOException {
        String vm = oneOperation();
        await("the operation to be counted")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(metrics())
                        .containsPattern("yado_operations_total\\{kind=\"DeleteVm\",outcome=\"SUCCEEDED\"} [1-9]"));
        assertThat(metrics())
                .doesNotContain("spring_security")
                .doesNotContain(vm)
                .doesNotContainPattern("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    }

    @Test
    void healthTellsDetailsToAdministratorsOnly() {
        for (String group : Set.of("liveness", "readiness")) {
            var anybody = administrator.send(HttpRequest.newBuilder(administrator.uri("/actuator/health/" + group)));
            assertThat(anybody.status()).isEqualTo(200);
            assertThat(anybody.json()).hasToString("{\"status\":\"UP\"}");
        }
        var tenant = administrator.withToken(tenantToken()).get("/actuator/health/readiness");
        assertThat(tenant.json()).hasToString("{\"status\":\"UP\"}");
        var detailed = administrator.get("/actuator/health/readiness").json().path("components");
        assertThat(detailed.path("db").path("status").asString("")).isEqualTo("UP");
        assertThat(detailed.path("operations").path("details").path("running").asBoolean(false))
                .isTrue();
    }

    /** A VM that no host has room for, deleted again; gives its id. */
    private String oneOperation() {
        String tenant = tenant();
        String unique = "watched-" + System.nanoTime();
        var created = administrator.send(administrator
                .request("/v1/vms")
                .header("X-Yado-Tenant", tenant)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"" + unique
                        + "\",\"vcpus\":1,\"memoryMiB\":1048576,\"disks\":[{\"sizeGiB\":1}]}")));
        assertThat(created.status()).as(created.toString()).isEqualTo(202);
        String vm = created.text("targetId");
        var deleted = administrator.delete("/v1/vms/" + vm);
        assertThat(deleted.status()).as(deleted.toString()).isEqualTo(202);
        return vm;
    }

    private String tenant() {
        return administrator
                .post("/v1/tenants", "{\"name\":\"watched-" + System.nanoTime() + "\"}")
                .text("id");
    }

    private String tenantToken() {
        return administrator
                .post("/v1/tenants/" + tenant() + "/tokens", "{\"name\":\"watcher\"}")
                .text("token");
    }

    private String scrapeToken() throws IOException {
        return Files.readString(Path.of(environment.getRequiredProperty("yado.state"), "metrics-token"))
                .strip();
    }

    private String metrics() {
        var answer = administrator.get("/actuator/prometheus");
        return new String(answer.response().body(), java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Names of samples. */
    private Set<String> exported() {
        return metrics()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
    }

    private static Set<String> named(String file) throws IOException {
        Matcher names = METRIC.matcher(
                Files.readString(ROOT.resolve("docs/observability").resolve(file)));
        Set<String> found = new TreeSet<>();
        while (names.find()) {
            found.add(names.group());
        }
        return found;
    }
}
