package dev.yado.snapshot;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.trust.TestingMachines;
import dev.yado.vm.TestingDaemon;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

@ControllerTest
@Timeout(60)
class SnapshotsApiTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private TestingMachines machines;

    @Autowired
    private JdbcTemplate jdbc;

    private TestingDaemon daemon;
    private ControllerClient tenant;

    @BeforeEach
    void open() throws IOException {
        // Hosts that other tests left must not be chosen.
        jdbc.update("UPDATE host SET lease_until = now() - interval '1 hour'");
        daemon = new TestingDaemon("snapshots-" + UUID.randomUUID(), machines);
        await().atMost(10, SECONDS)
                .until(() -> !jdbc.queryForList(
                                "SELECT 1 FROM host WHERE id = ? AND lease_until > now()",
                                daemon.host.id().value())
                        .isEmpty());
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        tenant = administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    @AfterEach
    void close() {
        daemon.close();
        jdbc.update(
                "UPDATE host SET lease_until = now() WHERE id = ?",
                daemon.host.id().value());
    }

    @Test
    void takesShowsGoesBackAndDeletes() {
        String vm = vm();
        String path = "/v1/vms/" + vm + "/snapshots";
        Answer plan = tenant.post(path + "?dryRun=plan", "{\"name\":\"before\"}");
        assertThat(plan.status()).as("%s", plan).isEqualTo(200);
        assertThat(plan.json().get("blockers")).isEmpty();
        assertThat(tenant.get(path).json().get("items")).isEmpty();

        String id = end(tenant.post(path, "{\"name\":\"before\"}")).text("targetId");

        Answer shown = tenant.get("/v1/snapshots/" + id);
        assertThat(shown.text("state")).isEqualTo("AVAILABLE");
        assertThat(shown.text("name")).isEqualTo("before");
        assertThat(shown.text("takenAt")).isNotEmpty();
        assertThat(shown.text("consistency")).isEqualTo("CRASH");
        assertThat(shown.text("consistencyReason")).contains("no agent");
        assertThat(tenant.get(path).json().get("items")).hasSize(1);
        assertThat(tenant.post(path, "{\"name\":\"before\"}").code()).isEqualTo("NAME_TAKEN");
        assertThat(tenant.post(path, "{\"disks\":[\"" + UUID.randomUUID() + "\"]}")
                        .code())
                .isEqualTo("NOT_FOUND");
        Answer blocked = tenant.post("/v1/snapshots/" + id + "/revert?dryRun=plan", "{}");
        assertThat(blocked.json().get("blockers").get(0).get("code").asString()).isEqualTo("CONFLICT");
        assertThat(tenant.post("/v1/snapshots/" + id + "/revert", "{}").code()).isEqualTo("CONFLICT");
        makesAnotherVm(id);
        end(tenant.post("/v1/vms/" + vm + "/stop", "{\"mode\":\"hard\"}"));
        end(tenant.post("/v1/snapshots/" + id + "/revert", "{}"));
        assertThat(end(tenant.delete("/v1/snapshots/" + id)).text("kind")).isEqualTo("DeleteSnapshot");
        assertThat(tenant.get("/v1/snapshots/" + id).code()).isEqualTo("NOT_FOUND");
    }

    @Test
    void takesOneSnapshotHoweverOftenTheCallIsRepeatedAndNoMoreThanTheQuotaAllows() {
        String vm = vm();
        String key = UUID.randomUUID().toString();
        String tenantId = tenant.get("/v1/quota").text("tenantId");
        administrator.send(administrator
                .request("/v1/tenants/" + tenantId + "/quota")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"snapshots\":1}")));

        Answer first = keyed("/v1/vms/" + vm + "/snapshots", key);
        Answer second = keyed("/v1/vms/" + vm + "/snapshots", key);

        assertThat(second.text("id")).isEqualTo(first.text("id"));
        String id = end(first).text("targetId");
        Answer refused = tenant.post("/v1/vms/" + vm + "/snapshots", "{}");
        assertThat(refused.code()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(refused.detail()).contains("snapshots: limit 1, used 1, asked 1");
        end(tenant.delete("/v1/snapshots/" + id));
        end(tenant.post("/v1/vms/" + vm + "/snapshots", "{}"));
    }

    private void makesAnotherVm(String snapshot) {
        String path = "/v1/snapshots/" + snapshot + "/clone";
        String body = "{\"name\":\"copy-" + UUID.randomUUID() + "\"}";
        Answer plan = tenant.post(path + "?dryRun=plan", body);
        assertThat(plan.status()).as("%s", plan).isEqualTo(200);
        assertThat(plan.json().get("blockers")).isEmpty();
        Answer made = end(tenant.post(path, body));
        assertThat(made.text("kind")).isEqualTo("CreateVm");
        assertThat(tenant.get("/v1/vms/" + made.text("targetId")).text("state")).isEqualTo("RUNNING");
        assertThat(tenant.post(path, body).code()).isEqualTo("NAME_TAKEN");
        assertThat(tenant.post(path, "{}").code()).isEqualTo("INVALID_REQUEST");
        String other = "/v1/snapshots/" + UUID.randomUUID() + "/clone";
        assertThat(tenant.post(other, body).code()).isEqualTo("NOT_FOUND");
    }

    private String vm() {
        return end(tenant.post(
                        "/v1/vms",
                        "{\"name\":\"vm-" + UUID.randomUUID()
                                + "\",\"vcpus\":1,\"memoryMiB\":128,\"disks\":[{\"sizeGiB\":1}]}"))
                .text("targetId");
    }

    private Answer end(Answer accepted) {
        assertThat(accepted.status()).as("%s", accepted).isEqualTo(202);
        Answer operation = tenant.get(accepted.header("Location") + "?waitSeconds=20");
        assertThat(operation.text("status")).as("%s", operation).isEqualTo("SUCCEEDED");
        return operation;
    }

    private Answer keyed(String path, String key) {
        return tenant.send(tenant.request(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    }
}
