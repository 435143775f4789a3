package dev.yado.vm;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.trust.TestingMachines;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** Plan first, then do exactly that or nothing; and the versions of what is read. */
@ControllerTest
@Timeout(60)
class PlanAndConditionTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private TestingMachines machines;

    @Autowired
    private JdbcTemplate jdbc;

    private TestingDaemon daemon;
    private ControllerClient tenant;
    private String tenantId;

    @BeforeEach
    void open() throws IOException {
        // Hosts that other tests left must not be chosen.
        jdbc.update("UPDATE host SET lease_until = now() - interval '1 hour'");
        daemon = new TestingDaemon("plans-" + UUID.randomUUID(), machines);
        await().atMost(10, SECONDS)
                .until(() -> !jdbc.queryForList(
                                "SELECT 1 FROM host WHERE id = ? AND lease_until > now()",
                                daemon.host.id().value())
                        .isEmpty());
        tenantId = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        tenant = administrator.withToken(administrator
                .post("/v1/tenants/" + tenantId + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    @AfterEach
    void close() {
        daemon.close();
        jdbc.update(
                "UPDATE host SET lease_until = now() WHERE id = ?",
                daemon.host.id().value());
    }

    private static String vm(String name, int memoryMiB) {
        return "{\"name\":\"%s\",\"vcpus\":1,\"memoryMiB\":%d,\"disks\":[{\"sizeGiB\":1}]}".formatted(name, memoryMiB);
    }

    private Answer end(Answer accepted) {
        assertThat(accepted.status()).as("%s", accepted).isEqualTo(202);
        Answer operation = tenant.get(accepted.header("Location") + "?waitSeconds=20");
        assertThat(operation.text("status")).as("%s", operation).isEqualTo("SUCCEEDED");
        return operation;
    }

    private Answer planned(String path, String body, Answer plan) {
        return tenant.send(tenant.request(path)
                .header("Content-Type", "application/json")
                .header("X-Yado-Plan", plan.text("token"))
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private Answer createPlan(String body) {
        Answer plan = tenant.post("/v1/vms?dryRun=plan", body);
        assertThat(plan.status()).as("%s", plan).isEqualTo(200);
        return plan;
    }

    @Test
    void aPlanOfACreateSaysWhatItTakesAndChangesNothing() {
        Answer plan = createPlan(vm("web", 64));

        assertThat(plan.text("kind")).isEqualTo("CreateVm");
        assertThat(plan.json()
                        .path("steps")
                        .valueStream()
                        .map(step -> step.path("name").asString()))
                .containsExactly("place", "define", "settle");
        assertThat(plan.json().path("blockers").size()).isZero();
        JsonNode claims = plan.json().path("claims");
        assertThat(claims.valueStream().map(claim -> claim.path("of").asString()))
                .first()
                .isEqualTo("quota");
        assertThat(claims.get(1).path("memoryMiB").asInt()).isEqualTo(64);
        assertThat(plan.toString()).doesNotContain(daemon.host.name());
        Answer forAdministrator = administrator.send(administrator
                .request("/v1/vms?dryRun=plan")
                .header("Content-Type", "application/json")
                .header("X-Yado-Tenant", tenantId)
                .POST(HttpRequest.BodyPublishers.ofString(vm("web", 64))));
        assertThat(forAdministrator.json().path("claims").get(1).path("of").asString())
                .isEqualTo(daemon.host.name());
        assertThat(tenant.get("/v1/vms").json().path("items").size()).isZero();
        assertThat(tenant.get("/v1/operations").json().path("items").size()).isZero();
    }

    @Test
    void anAppliedPlanUsesTheHostThatItChose() {
        Answer plan = createPlan(vm("web", 64));

        Answer made = planned("/v1/vms", vm("web", 64), plan);

        assertThat(made.status()).as("%s", made).isEqualTo(202);
        assertThat(jdbc.queryForObject(
                        "SELECT host_id FROM allocation WHERE vm_id = ?",
                        UUID.class,
                        UUID.fromString(made.text("targetId"))))
                .isEqualTo(daemon.host.id().value());
        end(made);
    }

    @Test
    void allBlockersAreToldAtOnce() {
        end(tenant.post("/v1/vms", vm("taken", 64)));
        administrator.send(administrator
                .request("/v1/tenants/" + tenantId + "/quota")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"vms\":1}")));
        String hopeless = "{\"name\":\"taken\",\"vcpus\":1,\"memoryMiB\":9000000,\"disks\":[{},{\"imageId\":\"%s\"}]}"
                .formatted(UUID.randomUUID());

        Answer plan = createPlan(hopeless);

        assertThat(plan.json()
                        .path("blockers")
                        .valueStream()
                        .map(blocker -> blocker.path("code").asString()))
                .containsExactly("INVALID_REQUEST", "NOT_FOUND", "NAME_TAKEN", "QUOTA_EXCEEDED", "NO_HOST_FITS");
        assertThat(plan.json().has("token")).isFalse();
    }

    @Test
    void aPlanWhoseHostHasBecomeFullIsStaleAndNothingIsMade() {
        Answer plan = createPlan(vm("late", 2000));
        end(tenant.post("/v1/vms", vm("first", 2000)));

        Answer late = planned("/v1/vms", vm("late", 2000), plan);

        assertThat(late.status()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("PLAN_STALE");
        assertThat(late.detail()).contains("memory");
        assertThat(tenant.get("/v1/vms?name=late").json().path("items").size()).isZero();
    }

    @Test
    void aPlanOfAVerbHoldsForOneGenerationOnly() {
        String path = "/v1/vms/" + end(tenant.post("/v1/vms", vm("web", 64))).text("targetId");
        Answer plan = tenant.post(path + "/stop?dryRun=plan", "{\"mode\":\"hard\"}");
        assertThat(plan.text("effect")).isEqualTo("BEGINS");
        assertThat(tenant.get(path).text("state")).isEqualTo("RUNNING");
        assertThat(planned(path + "/stop", "{}", plan).code()).isEqualTo("INVALID_REQUEST");
        assertThat(planned(path + "/reboot", "", plan).code()).isEqualTo("INVALID_REQUEST");
        end(tenant.post(path + "/reboot", ""));

        Answer late = planned(path + "/stop", "{\"mode\":\"hard\"}", plan);

        assertThat(late.code()).isEqualTo("PLAN_STALE");
        assertThat(late.detail()).contains("generation 1").contains("has 2");
        Answer again = tenant.post(path + "/stop?dryRun=plan", "{\"mode\":\"hard\"}");
        end(planned(path + "/stop", "{\"mode\":\"hard\"}", again));
        assertThat(tenant.get(path).text("state")).isEqualTo("STOPPED");
        assertThat(tenant.post(path + "/stop?dryRun=plan", "").text("effect")).isEqualTo("NOTHING");
        assertThat(tenant.post(path + "/pause?dryRun=plan", "")
                        .json()
                        .path("blockers")
                        .get(0)
                        .path("code")
                        .asString())
                .isEqualTo("CONFLICT");
        assertThat(tenant.post(path + "/start?dryRun=maybe", "").code()).isEqualTo("INVALID_REQUEST");
    }

    @Test
    void aTokenIsOfUseToItsTenantOnlyAndNotWhenItWasTouched() {
        Answer plan = createPlan(vm("web", 64));
        ControllerClient other = administrator.withToken(administrator
                .post(
                        "/v1/tenants/"
                                + administrator
                                        .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                                        .text("id")
                                + "/tokens",
                        "{\"name\":\"test\"}")
                .text("token"));

        for (Answer refused : new Answer[] {
            other.send(other.request("/v1/vms")
                    .header("Content-Type", "application/json")
                    .header("X-Yado-Plan", plan.text("token"))
                    .POST(HttpRequest.BodyPublishers.ofString(vm("web", 64)))),
            tenant.send(tenant.request("/v1/vms")
                    .header("Content-Type", "application/json")
                    .header("X-Yado-Plan", "A" + plan.text("token"))
                    .POST(HttpRequest.BodyPublishers.ofString(vm("web", 64)))),
            planned("/v1/vms", vm("web", 128), plan)
        }) {
            assertThat(refused.code()).as("%s", refused).isEqualTo("INVALID_REQUEST");
        }
    }

    @Test
    void whatIsReadHasAVersionThatAChangeCanAskFor() {
        String path = "/v1/vms/" + end(tenant.post("/v1/vms", vm("web", 64))).text("targetId");
        String etag = tenant.get(path).header("ETag");
        assertThat(etag).startsWith("\"1-");
        assertThat(conditional(path, "If-None-Match", etag, "GET").status()).isEqualTo(304);

        end(conditional(path + "/reboot", "If-Match", etag, "POST"));

        Answer late = conditional(path + "/reboot", "If-Match", etag, "POST");
        assertThat(late.status()).isEqualTo(412);
        assertThat(late.code()).isEqualTo("PRECONDITION_FAILED");
        assertThat(conditional(path, "If-None-Match", etag, "GET").status()).isEqualTo(200);
        assertThat(conditional(path, "If-Match", etag, "DELETE").status()).isEqualTo(412);
        end(conditional(path, "If-Match", "*", "DELETE"));
    }

    private Answer conditional(String path, String header, String etag, String method) {
        return tenant.send(
                tenant.request(path).header(header, etag).method(method, HttpRequest.BodyPublishers.noBody()));
    }

    @Test
    void listsAreFilteredByStateAndHost() {
        String stopped = end(tenant.post("/v1/vms", vm("stopped", 64))).text("targetId");
        end(tenant.post("/v1/vms/" + stopped + "/stop", "{\"mode\":\"hard\"}"));
        end(tenant.post("/v1/vms", vm("running-1", 64)));
        end(tenant.post("/v1/vms", vm("running-2", 64)));
        tenant.post("/v1/vms", vm("waiting", 9_000_000));

        assertThat(names(tenant, "state=RUNNING")).containsExactly("running-1", "running-2");
        assertThat(names(tenant, "state=STOPPED")).containsExactly("stopped");
        assertThat(names(tenant, "state=PENDING")).containsExactly("waiting");
        assertThat(names(tenant, "state=CRASHED")).isEmpty();
        assertThat(names(administrator, "host=" + daemon.host.name()))
                .contains("stopped", "running-1", "running-2")
                .doesNotContain("waiting");
        assertThat(names(administrator, "state=RUNNING&host=" + daemon.host.id()))
                .contains("running-1", "running-2")
                .doesNotContain("stopped");
        assertThat(tenant.get("/v1/vms?host=" + daemon.host.id()).code()).isEqualTo("FORBIDDEN");
        assertThat(tenant.get("/v1/vms?state=SLEEPING").code()).isEqualTo("INVALID_REQUEST");
        Answer page = tenant.get("/v1/vms?state=RUNNING&limit=1");
        assertThat(names(tenant, "state=RUNNING&limit=1&cursor=" + page.text("nextCursor")))
                .containsExactly("running-2");
    }

    private static java.util.List<String> names(ControllerClient client, String query) {
        return client.get("/v1/vms?" + query)
                .json()
                .path("items")
                .valueStream()
                .map(vm -> vm.path("name").asString())
                .toList();
    }
}
