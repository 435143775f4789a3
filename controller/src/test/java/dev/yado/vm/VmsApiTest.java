package dev.yado.vm;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.protocol.VmId;
import dev.yado.trust.TestingMachines;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** The life of a VM over HTTP: from a tenant's call to a host's wire and back. */
@ControllerTest
@Timeout(60)
class VmsApiTest {
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
        daemon = new TestingDaemon("vms-api-" + UUID.randomUUID(), machines);
        tenant = newTenant();
        await("the host to be known")
                .atMost(30, SECONDS)
                .until(() -> administrator.get("/v1/hosts/" + daemon.host.id()).status() == 200);
    }

    @AfterEach
    void close() {
        daemon.close();
        // Its capacity must not tempt the placement of other tests; what is placed there stays.
        jdbc.update(
                "UPDATE host SET lease_until = now() WHERE id = ?",
                daemon.host.id().value());
    }

    private ControllerClient newTenant() {
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        return administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    private static String vm(String name) {
        return "{\"name\":\"%s\",\"vcpus\":1,\"memoryMiB\":64,\"disks\":[{\"sizeGiB\":1}]}".formatted(name);
    }

    private Answer end(Answer accepted) {
        assertThat(accepted.status()).as("%s", accepted).isEqualTo(202);
        Answer operation = tenant.get(accepted.header("Location") + "?waitSeconds=20");
        assertThat(operation.text("status")).as("%s", operation).isEqualTo("SUCCEEDED");
        return operation;
    }

    @Test
    void isMadeStartedStoppedAndRemoved() {
        Answer made = end(tenant.post("/v1/vms", vm("web")));
        String path = "/v1/vms/" + made.text("targetId");
        assertThat(made.json()
                        .path("steps")
                        .valueStream()
                        .map(step -> step.path("name").asString() + " "
                                + step.path("status").asString()))
                .containsExactly("place SUCCEEDED", "network SKIPPED", "define SUCCEEDED", "settle SUCCEEDED");

        JsonNode running = tenant.get(path).json();
        assertThat(running.path("state").asString()).isEqualTo("RUNNING");
        assertThat(running.path("hostId").asString()).isEqualTo(daemon.host.id().toString());
        assertThat(running.path("accelerator").asString()).isEqualTo("tcg");
        end(tenant.send(tenant.request(path + "/stop").POST(java.net.http.HttpRequest.BodyPublishers.noBody())));
        assertThat(tenant.get(path).text("state")).isEqualTo("STOPPED");
        end(tenant.post(path + "/start", ""));
        end(tenant.post(path + "/pause", ""));
        assertThat(tenant.get(path).text("state")).isEqualTo("PAUSED");
        end(tenant.post(path + "/resume", ""));
        end(tenant.post(path + "/reboot", ""));
        end(tenant.post(path + "/stop", "{\"mode\":\"hard\"}"));
        end(tenant.delete(path));
        assertThat(tenant.get(path).code()).isEqualTo("NOT_FOUND");
        assertThat(daemon.host.stateOf(VmId.of(made.text("targetId")))).hasToString("ABSENT");
    }

    @Test
    void anotherTenantSeesNeitherTheVmNorItsOperation() {
        Answer made = end(tenant.post("/v1/vms", vm("mine")));
        String path = "/v1/vms/" + made.text("targetId");
        ControllerClient other = newTenant();

        assertThat(other.get(path).status()).isEqualTo(404);
        assertThat(other.delete(path).status()).isEqualTo(404);
        assertThat(other.post(path + "/stop", "{}").status()).isEqualTo(404);
        assertThat(other.get("/v1/operations/" + made.text("id")).status()).isEqualTo(404);
        assertThat(other.get("/v1/vms").json().path("items").size()).isZero();
        assertThat(other.get("/v1/operations").json().path("items").size()).isZero();
        assertThat(administrator.get(path).status()).isEqualTo(200);
    }

    @Test
    void aTakenNameIsRefusedWithTheIdOfWhoHasIt() {
        String id = end(tenant.post("/v1/vms", vm("twin"))).text("targetId");

        Answer refused = tenant.post("/v1/vms", vm("twin"));

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("NAME_TAKEN");
        assertThat(refused.detail()).contains(id);
        assertThat(newTenant().post("/v1/vms", vm("twin")).status()).isEqualTo(202);
    }

    @Test
    void whatCouldNeverRunIsRefusedAndNothingIsMade() {
        assertThat(tenant.post("/v1/vms", "{\"name\":\"x\",\"vcpus\":1,\"memoryMiB\":64}")
                        .code())
                .isEqualTo("INVALID_REQUEST");
        assertThat(tenant.post("/v1/vms", "{\"name\":\"x\",\"vcpus\":1,\"memoryMiB\":64,\"disks\":[{}]}")
                        .code())
                .isEqualTo("INVALID_REQUEST");
        String disk = "{\"name\":\"x\",\"vcpus\":1,\"memoryMiB\":64,\"disks\":[{\"imageId\":\"%s\",\"sizeGiB\":1}]}";
        assertThat(tenant.post("/v1/vms", disk.formatted(UUID.randomUUID())).code())
                .isEqualTo("NOT_FOUND");
        String pending = tenant.post("/v1/images", "{\"name\":\"pending\",\"format\":\"raw\"}")
                .text("id");
        assertThat(tenant.post("/v1/vms", disk.formatted(pending)).code()).isEqualTo("IMAGE_NOT_READY");
        String large = readyImage("RAW", 3L << 30);
        assertThat(tenant.post("/v1/vms", disk.formatted(large)).code()).isEqualTo("DISK_TOO_SMALL");
        String boot = "{\"name\":\"x\",\"vcpus\":1,\"memoryMiB\":64,\"boot\":{\"kernelImageId\":\"%s\"}}";
        assertThat(tenant.post("/v1/vms", boot.formatted(readyImage("QCOW2", 1 << 20)))
                        .code())
                .isEqualTo("INVALID_REQUEST");
        assertThat(administrator.post("/v1/vms", vm("x")).code()).isEqualTo("TENANT_REQUIRED");

        assertThat(tenant.get("/v1/vms?name=x").json().path("items").size()).isZero();
    }

    private String readyImage(String format, long virtualSize) {
        UUID id = UUID.randomUUID();
        jdbc.update("""
                INSERT INTO image (id, name, format, architecture, state, sha256, bytes, virtual_size)
                VALUES (?, ?, ?, 'X86_64', 'READY', repeat('b', 64), 10, ?)
                """, id, "image-" + id, format, virtualSize);
        return id.toString();
    }

    @Test
    void aDiskWithoutASizeGetsThatOfItsImage() {
        String image = readyImage("QCOW2", (2L << 30) + 1);

        String id = end(tenant.post(
                        "/v1/vms",
                        "{\"name\":\"sized\",\"vcpus\":1,\"memoryMiB\":64,\"disks\":[{\"imageId\":\"%s\"},{\"sizeGiB\":5}]}"
                                .formatted(image)))
                .text("targetId");

        JsonNode disks = tenant.get("/v1/vms/" + id).json().path("disks");
        assertThat(disks.valueStream().map(disk -> disk.path("sizeGiB").asLong()))
                .containsExactly(3L, 5L);
        assertThat(administrator.delete("/v1/images/" + image).code()).isEqualTo("IN_USE");
    }

    @Test
    void hostsOfAPlacementAreNumberedForTenantsAndNamedForTheAdministrator() {
        Answer large = tenant.post(
                "/v1/vms", "{\"name\":\"large\",\"vcpus\":1000,\"memoryMiB\":64,\"disks\":[{\"sizeGiB\":1}]}");
        Answer waiting = tenant.get(large.header("Location") + "?waitSeconds=1");

        assertThat(waiting.text("status")).isEqualTo("WAITING");
        assertThat(waiting.text("waitReason")).startsWith("NO_HOST_FITS");
        assertThat(waiting.toString()).doesNotContain(daemon.host.name()).contains("\"host 1\"");
        assertThat(administrator.get(large.header("Location")).toString()).contains(daemon.host.name());
        end(tenant.delete("/v1/vms/" + large.text("targetId")));
    }

    @Test
    void pagesShowEveryVmOnce() {
        for (int i = 0; i < 5; i++) {
            end(tenant.post("/v1/vms", vm("paged-" + i)));
        }
        Set<String> seen = new HashSet<>();
        String next = "/v1/vms?limit=2";
        int pages = 0;
        while (!next.isEmpty()) {
            JsonNode page = tenant.get(next).json();
            page.path("items")
                    .forEach(vm ->
                            assertThat(seen.add(vm.path("name").asString())).isTrue());
            String cursor = page.path("nextCursor").asString("");
            next = cursor.isEmpty() ? "" : "/v1/vms?limit=2&cursor=" + cursor;
            pages++;
        }
        assertThat(seen).hasSize(5);
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void theAdministratorSeesHostsWithWhatIsTakenOfThem() {
        end(tenant.post("/v1/vms", vm("taking")));

        JsonNode host = administrator.get("/v1/hosts/" + daemon.host.id()).json();

        assertThat(host.path("state").asString()).isEqualTo("UP");
        assertThat(host.path("allocated").path("memoryMiB").asLong()).isEqualTo(64);
        assertThat(host.path("vms").asInt()).isEqualTo(1);
        assertThat(host.path("selfTest").path("verdict").asString()).isEqualTo("UNAVAILABLE");
        assertThat(tenant.get("/v1/hosts").code()).isEqualTo("FORBIDDEN");
    }
}
