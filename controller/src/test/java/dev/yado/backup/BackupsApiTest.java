package dev.yado.backup;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.trust.TestingMachines;
import dev.yado.vm.TestingDaemon;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

@ControllerTest
@Timeout(60)
class BackupsApiTest {
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
        daemon = new TestingDaemon("backups-" + UUID.randomUUID(), machines);
        await().atMost(10, SECONDS)
                .until(() -> !jdbc.queryForList(
                                "SELECT 1 FROM host WHERE id = ? AND lease_until > now()",
                                daemon.host.id().value())
                        .isEmpty());
        tenant = newTenant();
    }

    @AfterEach
    void close() {
        daemon.close();
        jdbc.update(
                "UPDATE host SET lease_until = now() WHERE id = ?",
                daemon.host.id().value());
    }

    @Test
    void takesShowsRestoresAndDeletes() {
        String vm = vm("web");
        Answer plan = tenant.post("/v1/vms/" + vm + "/backups?dryRun=plan", "{}");
        assertThat(plan.status()).as("%s", plan).isEqualTo(200);
        assertThat(plan.json().get("blockers")).isEmpty();
        assertThat(tenant.get("/v1/backups").json().get("items")).isEmpty();

        String backup = end(planned("/v1/vms/" + vm + "/backups", plan)).text("targetId");

        Answer shown = tenant.get("/v1/backups/" + backup);
        assertThat(shown.text("state")).isEqualTo("AVAILABLE");
        assertThat(shown.text("vmId")).isEqualTo(vm);
        assertThat(shown.json().get("disks").get(0).get("changesFoundBy").asString())
                .isEqualTo("FULL");
        assertThat(shown.json().get("storedBytes").asLong()).isPositive();
        Answer unchanged =
                tenant.send(tenant.request("/v1/backups/" + backup).header("If-None-Match", shown.header("ETag")));
        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(tenant.get("/v1/backups?vmId=" + UUID.randomUUID()).json().get("items"))
                .isEmpty();

        String made = end(tenant.post("/v1/backups/" + backup + "/restore", "{\"name\":\"again\",\"mode\":\"full\"}"))
                .text("targetId");
        assertThat(tenant.get("/v1/vms/" + made).text("state")).isEqualTo("RUNNING");
        assertThat(tenant.post("/v1/backups/" + backup + "/restore", "{\"name\":\"again\"}")
                        .code())
                .isEqualTo("NAME_TAKEN");

        assertThat(end(tenant.delete("/v1/backups/" + backup)).text("kind")).isEqualTo("DeleteBackup");
        assertThat(tenant.get("/v1/backups/" + backup).code()).isEqualTo("NOT_FOUND");
    }

    @Test
    void readsSingleFilesAndCutsOffWhatCannotBeReadWhole() {
        String vm = vm("web");
        String disk = tenant.get("/v1/vms/" + vm).json().at("/disks/0/id").asString();
        String backup = end(tenant.post("/v1/vms/" + vm + "/backups", "{}")).text("targetId");
        String files = "/v1/backups/" + backup + "/files";

        assertThat(tenant.get(files).json().at("/items/0/kind").asString()).isEqualTo("volume");
        Answer listed = tenant.get(files + "?path=0");
        assertThat(listed.json().at("/items/0/path").asString()).isEqualTo("0/id");
        assertThat(listed.json().at("/items/0/bytes").asInt()).isEqualTo(disk.length());
        assertThat(listed.json().get("truncated").asBoolean()).isFalse();
        Answer content = tenant.get(files + "/content?path=0/id");
        assertThat(new String(content.response().body(), StandardCharsets.US_ASCII))
                .isEqualTo(disk);
        assertThat(content.header("Content-Disposition"))
                .startsWith("attachment;")
                .contains("id");

        assertThat(tenant.get(files + "?path=0/none").code()).isEqualTo("NOT_FOUND");
        assertThat(tenant.get(files + "/content?path=1/id").code()).isEqualTo("NOT_FOUND");
        assertThat(tenant.get(files + "/content").code()).isEqualTo("INVALID_REQUEST");
        assertThat(newTenant().get(files).code()).isEqualTo("NOT_FOUND");
        assertThatThrownBy(() -> tenant.get(files + "/content?path=0/cut")).hasRootCauseInstanceOf(IOException.class);
        jdbc.update(
                "UPDATE host SET lease_until = now() - interval '1 hour', incarnation = incarnation + 1 WHERE id = ?",
                daemon.host.id().value());
        assertThat(tenant.get(files).code()).isEqualTo("REPOSITORY_UNAVAILABLE");
    }

    private ControllerClient newTenant() {
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        return administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    @Test
    void takesOneBackupHoweverOftenTheCallIsRepeated() {
        String vm = vm("web");
        String key = UUID.randomUUID().toString();

        Answer first = keyed("/v1/vms/" + vm + "/backups", key);
        Answer second = keyed("/v1/vms/" + vm + "/backups", key);

        assertThat(second.text("id")).isEqualTo(first.text("id"));
        end(first);
        assertThat(tenant.get("/v1/backups?vmId=" + vm).json().get("items")).hasSize(1);
    }

    @Test
    void takesNoMoreThanTheQuotaAllows() {
        String vm = vm("web");
        String tenantId = tenant.get("/v1/quota").text("tenantId");
        put(administrator, "/v1/tenants/" + tenantId + "/quota", "{\"backups\":1}", null);
        String first = end(tenant.post("/v1/vms/" + vm + "/backups", "{}")).text("targetId");

        Answer refused = tenant.post("/v1/vms/" + vm + "/backups", "{}");

        assertThat(refused.code()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(refused.detail()).contains("backups: limit 1, used 1, asked 1");
        end(tenant.delete("/v1/backups/" + first));
        end(tenant.post("/v1/vms/" + vm + "/backups", "{}"));
    }

    @Test
    void listsPageByPageTheNewestFirst() {
        String vm = vm("web");
        String first = end(tenant.post("/v1/vms/" + vm + "/backups", "{}")).text("targetId");
        String second = end(tenant.post("/v1/vms/" + vm + "/backups", "{}")).text("targetId");

        Answer page = tenant.get("/v1/backups?limit=1&vmId=" + vm);
        assertThat(page.json().get("items").get(0).get("id").asString()).isEqualTo(second);
        Answer next = tenant.get("/v1/backups?limit=1&vmId=" + vm + "&cursor=" + page.text("nextCursor"));
        assertThat(next.json().get("items").get(0).get("id").asString()).isEqualTo(first);
        assertThat(next.json().has("nextCursor")).isFalse();
    }

    @Test
    void schedulesAreReadChangedAndRemovedInTheVersionThatWasSeen() {
        String body =
                "{\"name\":\"nightly\",\"selector\":{\"labels\":{\"tier\":\"db\"}},\"cron\":\"0 2 * * *\",\"timeZone\":\"Europe/Berlin\","
                        + "\"retention\":{\"daily\":7,\"weekly\":4}}";
        Answer made = tenant.post("/v1/backup-schedules", body);
        assertThat(made.status()).as("%s", made).isEqualTo(201);
        assertThat(made.text("nextAt")).isNotEmpty();
        assertThat(made.json().get("retention").get("daily").asInt()).isEqualTo(7);
        assertThat(tenant.post("/v1/backup-schedules", body).code()).isEqualTo("NAME_TAKEN");
        String path = "/v1/backup-schedules/" + made.text("id");
        assertThat(tenant.get("/v1/backup-schedules").json().get("items")).hasSize(1);

        Answer changed = put(path, body.replace("0 2 * * *", "@hourly"), made.header("ETag"));
        assertThat(changed.text("cron")).isEqualTo("@hourly");
        assertThat(put(path, body, made.header("ETag")).code()).isEqualTo("PRECONDITION_FAILED");

        assertThat(tenant.delete(path).status()).isEqualTo(204);
        assertThat(tenant.get(path).code()).isEqualTo("NOT_FOUND");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"cron\":\"0 0 2 * * *\",\"selector\":{\"all\":true}                     | cron",
                "\"cron\":\"@daily\",\"selector\":{}                                      | selector",
                "\"cron\":\"@daily\",\"selector\":{\"all\":true,\"labels\":{\"a\":\"b\"}} | selector",
                "\"cron\":\"@daily\",\"selector\":{\"all\":true},\"timeZone\":\"Mars\"    | timeZone",
                "\"cron\":\"@daily\",\"selector\":{\"labels\":{\"a b\":\"c\"}}            | labels",
                "\"cron\":\"@daily\",\"selector\":{\"all\":true},\"windowMinutes\":-1     | windowMinutes",
                "\"cron\":\"@daily\",\"selector\":{\"all\":true},\"retention\":{\"daily\":-1} | daily"
            })
    void refusesSchedulesThatMeanNothing(String fields, String named) {
        Answer answer = tenant.post("/v1/backup-schedules", "{\"name\":\"wrong\"," + fields + "}");

        assertThat(answer.code()).as("%s", answer).isEqualTo("INVALID_REQUEST");
        assertThat(answer.detail()).contains(named);
    }

    @Test
    void showsWhatCoversEachVm() {
        String vm = vm("web");
        Answer labelled = put("/v1/vms/" + vm + "/labels", "{\"labels\":{\"tier\":\"db\"}}", null);
        assertThat(labelled.json().get("labels").get("tier").asString()).isEqualTo("db");
        tenant.post(
                "/v1/backup-schedules",
                "{\"name\":\"nightly\",\"selector\":{\"labels\":{\"tier\":\"db\"}},\"cron\":\"@daily\"}");
        String backup = end(tenant.post("/v1/vms/" + vm + "/backups", "{}")).text("targetId");

        var covered = tenant.get("/v1/backups/coverage").json().get("items").get(0);

        assertThat(covered.get("vmId").asString()).isEqualTo(vm);
        assertThat(covered.get("state").asString()).isEqualTo("COVERED");
        assertThat(covered.get("lastBackupId").asString()).isEqualTo(backup);
        assertThat(covered.get("schedules").get(0).asString()).isEqualTo("nightly");
        assertThat(covered.has("nextAt")).isTrue();
    }

    private String vm(String name) {
        return end(tenant.post(
                        "/v1/vms",
                        "{\"name\":\"%s\",\"vcpus\":1,\"memoryMiB\":64,\"disks\":[{\"sizeGiB\":1}]}".formatted(name)))
                .text("targetId");
    }

    private Answer end(Answer accepted) {
        assertThat(accepted.status()).as("%s", accepted).isEqualTo(202);
        Answer operation = tenant.get(accepted.header("Location") + "?waitSeconds=20");
        assertThat(operation.text("status")).as("%s", operation).isEqualTo("SUCCEEDED");
        return operation;
    }

    private Answer planned(String path, Answer plan) {
        return tenant.send(tenant.request(path)
                .header("Content-Type", "application/json")
                .header("X-Yado-Plan", plan.text("token"))
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    }

    private Answer keyed(String path, String key) {
        return tenant.send(tenant.request(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString("{}")));
    }

    private Answer put(String path, String body, @Nullable String etag) {
        return put(tenant, path, body, etag);
    }

    private static Answer put(ControllerClient who, String path, String body, @Nullable String etag) {
        HttpRequest.Builder request = who.request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body));
        return who.send(etag == null ? request : request.header("If-Match", etag));
    }
}
