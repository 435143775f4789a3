package dev.yado.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** What a key promises: one effect and one answer, however often the call comes. */
@ControllerTest
@Timeout(120)
class IdempotencyTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private JdbcTemplate jdbc;

    private ControllerClient tenant;
    private String tenantId;

    @BeforeEach
    void newTenant() {
        tenantId = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        tenant = administrator.withToken(token("test"));
    }

    private String token(String name) {
        return administrator
                .post("/v1/tenants/" + tenantId + "/tokens", "{\"name\":\"" + name + "\"}")
                .text("token");
    }

    /** No host of these tests has KVM: it stays waiting and takes nothing. */
    private static String vm(String name) {
        return "{\"name\":\"%s\",\"vcpus\":1,\"accelerator\":\"kvm\",\"memoryMiB\":64,\"disks\":[{\"sizeGiB\":1}]}"
                .formatted(name);
    }

    private static Answer keyed(ControllerClient client, String key, String method, String path, String body) {
        return client.send(client.request(path)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    private Answer create(String key, String name) {
        return keyed(tenant, key, "POST", "/v1/vms", vm(name));
    }

    private int count(String sql) {
        Integer count = jdbc.queryForObject(sql, Integer.class, UUID.fromString(tenantId));
        return count == null ? -1 : count;
    }

    @Test
    void aRepeatedCallGetsTheFirstAnswerAgain() {
        Answer first = create("once", "web");
        Answer again = create("once", "web");

        assertThat(first.status()).as("%s", first).isEqualTo(202);
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.response().body()).isEqualTo(first.response().body());
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(count("SELECT count(*) FROM vm WHERE tenant_id = ?")).isEqualTo(1);
    }

    @Test
    void aKeyBelongsToOneCallOfOneTenant() {
        Answer first = create("mine", "web");

        Answer otherBody = create("mine", "web2");
        Answer otherPath = keyed(tenant, "mine", "DELETE", "/v1/vms/" + first.text("targetId"), "");

        for (Answer refused : List.of(otherBody, otherPath)) {
            assertThat(refused.code()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
            assertThat(refused.text("operationId")).isEqualTo(first.text("id"));
            assertThat(refused.detail()).contains("POST /v1/vms").contains(first.text("id"));
        }
        newTenant();
        assertThat(create("mine", "web").header("Idempotency-Replayed")).isEmpty();
    }

    @Test
    void whatIsRefusedDoesNotBurnTheKey() {
        assertThat(create("again", "web").status()).isEqualTo(202);
        assertThat(create("other", "web").code()).isEqualTo("NAME_TAKEN");
        assertThat(create("other", "not a name").code()).isEqualTo("INVALID_REQUEST");

        assertThat(create("other", "corrected").status()).isEqualTo(202);
        assertThat(count("SELECT count(*) FROM vm WHERE tenant_id = ?")).isEqualTo(2);
    }

    @Test
    void everyKindOfChangeTakesAKey() {
        Answer image = keyed(tenant, "i", "POST", "/v1/images", "{\"name\":\"disk\",\"format\":\"raw\"}");
        assertThat(keyed(tenant, "i", "POST", "/v1/images", "{\"name\":\"disk\",\"format\":\"raw\"}")
                        .text("id"))
                .isEqualTo(image.text("id"));
        String path = "/v1/images/" + image.text("id");
        assertThat(keyed(tenant, "d", "DELETE", path, "").status()).isEqualTo(204);
        assertThat(keyed(tenant, "d", "DELETE", path, "").status()).isEqualTo(204);
        assertThat(tenant.delete(path).status()).isEqualTo(404);
        String name = "{\"name\":\"t-" + UUID.randomUUID() + "\"}";
        String made = keyed(administrator, name.substring(9, 40), "POST", "/v1/tenants", name)
                .text("id");
        assertThat(keyed(administrator, name.substring(9, 40), "POST", "/v1/tenants", name)
                        .text("id"))
                .isEqualTo(made);
        assertThat(keyed(administrator, "x-" + made, "POST", "/v1/tenants", name)
                        .code())
                .isEqualTo("NAME_TAKEN");
    }

    @Test
    void anUploadIsTakenOnceAndAnsweredAgain() {
        String path = "/v1/images/"
                + tenant.post("/v1/images", "{\"name\":\"up\",\"format\":\"raw\"}")
                        .text("id") + "/content";

        Answer first = upload(path, new byte[4096]);
        Answer again = upload(path, new byte[4096]);
        Answer other = upload(path, new byte[8192]);

        assertThat(first.status()).as("%s", first).isEqualTo(200);
        assertThat(first.text("state")).isEqualTo("READY");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(other.code()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
    }

    private Answer upload(String path, byte[] content) {
        return tenant.send(tenant.request(path)
                .header("Content-Type", "application/octet-stream")
                .header("Idempotency-Key", "upload")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    @Test
    void aSecretIsAnsweredAgainToItsOwnerOnlyAndIsNotInTheDatabase() {
        String path = "/v1/tenants/" + tenantId + "/tokens";
        Answer first = keyed(tenant, "secret", "POST", path, "{\"name\":\"ci\"}");
        Answer again = keyed(tenant, "secret", "POST", path, "{\"name\":\"ci\"}");
        Answer other = keyed(administrator.withToken(token("second")), "secret", "POST", path, "{\"name\":\"ci\"}");

        assertThat(first.text("token")).startsWith("yado_");
        assertThat(again.text("token")).isEqualTo(first.text("token"));
        assertThat(other.code()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
        List<byte[]> kept = jdbc.queryForList(
                "SELECT body FROM idempotency_key WHERE scope = ?", byte[].class, UUID.fromString(tenantId));
        assertThat(kept)
                .isNotEmpty()
                .allSatisfy(body -> assertThat(new String(body, StandardCharsets.ISO_8859_1))
                        .doesNotContain("yado_"));
    }

    @Test
    void twoHundredTwinsMakeOneVm() throws Exception {
        List<Answer> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> asked = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                asked.add(clients.submit(() -> create("twins", "twin")));
            }
            for (Future<Answer> each : asked) {
                answers.add(each.get());
            }
        }

        assertThat(answers)
                .allSatisfy(
                        answer -> assertThat(answer.status()).as("%s", answer).isEqualTo(202));
        assertThat(answers.stream().map(answer -> new String(answer.response().body(), StandardCharsets.UTF_8)))
                .containsOnly(new String(answers.getFirst().response().body(), StandardCharsets.UTF_8));
        assertThat(answers.stream()
                        .filter(answer -> answer.header("Idempotency-Replayed").isEmpty()))
                .hasSize(1);
        assertThat(count("SELECT count(*) FROM vm WHERE tenant_id = ?")).isEqualTo(1);
        assertThat(count("SELECT count(*) FROM operation WHERE tenant_id = ?")).isEqualTo(1);
    }

    /** As a controller that dies between commit and answer, or a network that breaks there. */
    @Test
    void aCallerWhoNeverGotTheAnswerGetsItByAskingAgain() throws IOException {
        String body = vm("lost");
        String call = "POST /v1/vms HTTP/1.1\r\nHost: yado\r\nAuthorization: Bearer " + tenant.token()
                + "\r\nIdempotency-Key: lost\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
        try (Socket socket = new Socket("127.0.0.1", tenant.port())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(call.getBytes(StandardCharsets.US_ASCII));
            await().atMost(10, SECONDS).until(() -> count("SELECT count(*) FROM idempotency_key WHERE scope = ?") == 1);
        }

        Answer again = create("lost", "lost");

        assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(again.status()).isEqualTo(202);
        assertThat(tenant.get(again.header("Location")).text("targetId")).isEqualTo(again.text("targetId"));
        assertThat(count("SELECT count(*) FROM vm WHERE tenant_id = ?")).isEqualTo(1);
    }

    @Test
    void aTwinInAnotherControllerWaitsForTheFirst() throws Exception {
        try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor();
                var connection =
                        java.util.Objects.requireNonNull(jdbc.getDataSource()).getConnection()) {
            connection.setAutoCommit(false);
            try (var take = connection.prepareStatement(
                    "INSERT INTO idempotency_key (scope, key, request_hash, request) VALUES (?, 'held', '', 'of another controller')")) {
                take.setObject(1, UUID.fromString(tenantId));
                take.executeUpdate();
            }
            Future<Answer> waiting = other.submit(() -> create("held", "patient"));
            await().atMost(5, SECONDS)
                    .until(() -> !jdbc.queryForList(
                                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%idempotency_key%'")
                            .isEmpty());
            assertThat(waiting.isDone()).isFalse();

            connection.rollback();

            assertThat(waiting.get(10, SECONDS).status()).isEqualTo(202);
        }
    }

    @Test
    void whatIsNoKeyIsRefused() {
        assertThat(create("with blank", "web").code()).isEqualTo("INVALID_REQUEST");
        assertThat(create("k".repeat(256), "web").code()).isEqualTo("INVALID_REQUEST");
        assertThat(create("k".repeat(255), "web").status()).isEqualTo(202);
    }
}
