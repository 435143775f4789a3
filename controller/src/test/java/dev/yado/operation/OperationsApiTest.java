package dev.yado.operation;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Operations over HTTP, on creates that no host has room for. */
@ControllerTest
@Timeout(60)
class OperationsApiTest {
    private static final String TOO_LARGE =
            "{\"name\":\"%s\",\"vcpus\":1024,\"memoryMiB\":33554432,\"disks\":[{\"sizeGiB\":1}]}";

    @Autowired
    private ControllerClient administrator;

    private ControllerClient tenant;

    @BeforeEach
    void open() {
        tenant = newTenant();
    }

    private ControllerClient newTenant() {
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"ops-" + UUID.randomUUID() + "\"}")
                .text("id");
        return administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    /** The path of a create that waits for room. */
    private String waiting() {
        String path = tenant.post("/v1/vms", TOO_LARGE.formatted("vm-" + UUID.randomUUID()))
                .header("Location");
        await().atMost(20, SECONDS).until(() -> tenant.get(path).text("status").equals("WAITING"));
        return path;
    }

    @Test
    void tellsForWhatAndSinceWhenItWaitsAndWhenItLooksAgain() {
        Answer operation = tenant.get(waiting());

        assertThat(operation.text("waitReason")).startsWith("NO_HOST_FITS");
        assertThat(operation.text("waitingSince")).isNotEmpty();
        assertThat(operation.text("priority")).isEqualTo("NORMAL");
        JsonNode place = operation.json().path("steps").path(0);
        assertThat(place.path("status").asString()).isEqualTo("WAITING");
        assertThat(place.path("nextAttemptAt").asString()).isNotEmpty();
        assertThat(place.path("deadlineAt").asString()).isNotEmpty();
        assertThat(place.path("inputs").path("vcpus").asString()).isEqualTo("1024");
    }

    @Test
    void isCancelledByItsTenantAndSaysWhatThatDoes() {
        String path = waiting();

        Answer answer = tenant.post(path + "/cancel", "");

        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        assertThat(answer.text("effect")).isEqualTo("UNDOING");
        assertThat(answer.json().path("undo").path(0).asString()).isEqualTo("place");
        assertThat(answer.text("targetState")).isEqualTo("DELETED");
        Answer ended = tenant.get(path + "?waitSeconds=20");
        assertThat(ended.text("status")).isEqualTo("CANCELLED");
        assertThat(ended.json().path("cancel").path("requestedBy").asString()).startsWith("tenant ");
        assertThat(tenant.get("/v1/vms/" + ended.text("targetId")).code()).isEqualTo("NOT_FOUND");
        Answer again = tenant.post(path + "/cancel", "");
        assertThat(again.text("effect")).isEqualTo("CANCELLED");
        assertThat(again.text("requestedAt")).isEqualTo(answer.text("requestedAt"));
    }

    @Test
    void isNotThereForAnotherTenantButIsForTheAdministrator() {
        String path = waiting();

        assertThat(newTenant().post(path + "/cancel", "").code()).isEqualTo("NOT_FOUND");
        assertThat(administrator.post(path + "/cancel", "").text("requestedBy")).isEqualTo("the administrator");
    }

    @Test
    void thatHasEndedCannotBeCancelled() {
        String create = waiting();
        String vm = "/v1/vms/" + tenant.get(create).text("targetId");
        String delete = tenant.delete(vm).header("Location");
        assertThat(tenant.get(delete + "?waitSeconds=20").text("status")).isEqualTo("SUCCEEDED");

        assertThat(tenant.post(delete + "/cancel", "").code()).isEqualTo("OPERATION_ENDED");
        assertThat(tenant.post(create + "/cancel", "").detail()).contains("CANCELLED");
    }
}
