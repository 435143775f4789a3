package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two controllers on one database: any answers any call, and what one leaves undone the other does. */
@Tag("guest")
class ReplicasTest {

    @Test
    void oneControllerFinishesWhatTheOtherHadBegunWhenItDied() throws Exception {
        Cloud cloud = Cloud.start(Map.of("YADO_OPERATIONS_LEASE", "3s"), "--hosts", "1", "--controllers", "2");
        List<String> urls = Files.readAllLines(cloud.state().resolve("urls"));
        Api first = cloud.admin().newTenant("replicas");
        Api second = new Api(urls.get(1), first.token());
        try {
            List<String> operations = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                if (i == 4) {
                    cloud.service("controller").destroyForcibly();
                }
                operations.add(begin(i < 4 && i % 2 == 0 ? first : second, "vm-" + i));
            }
            for (String operation : operations) {
                JsonNode ended = second.ended(operation, Duration.ofMinutes(2));
                assertThat(ended.get("status").asString())
                        .as(ended.toPrettyString())
                        .isEqualTo("SUCCEEDED");
                assertThat(cloud.qemus(ended.get("targetId").asString())).hasSize(1);
            }

            assertThat(ids(first)).hasSize(8).containsExactlyElementsOf(ids(second));
            aTokenThatEndsAtOneEndsAtTheOther(
                    cloud.admin(), new Api(urls.get(1), cloud.admin().token()));

            cloud.service("controller-2").destroyForcibly();
            List<String> deletes = ids(first).stream()
                    .map(vm -> first.delete("/v1/vms/" + vm).get("id").asString())
                    .toList();
            for (String delete : deletes) {
                assertThat(first.ended(delete, Duration.ofMinutes(2))
                                .get("status")
                                .asString())
                        .isEqualTo("SUCCEEDED");
            }
            assertThat(ids(first)).isEmpty();
        } finally {
            cloud.end();
        }
    }

    private static String begin(Api api, String name) {
        Map<String, Object> request = Vm.request(name);
        request.put("disks", List.of(Map.of("sizeGiB", 1)));
        return api.post("/v1/vms", request).get("id").asString();
    }

    private static List<String> ids(Api api) {
        List<String> ids = new ArrayList<>();
        api.get("/v1/vms").get("items").forEach(vm -> ids.add(vm.get("id").asString()));
        return ids;
    }

    private static void aTokenThatEndsAtOneEndsAtTheOther(Api first, Api second) {
        String tenant =
                first.post("/v1/tenants", Map.of("name", "revoked")).get("id").asString();
        JsonNode made = first.post("/v1/tenants/" + tenant + "/tokens", Map.of("name", "t"));
        Api holder = new Api(second.url(), made.get("token").asString());
        assertThat(holder.call("GET", "/v1/vms", null).status()).isEqualTo(200);
        first.delete("/v1/tenants/" + tenant + "/tokens/" + made.get("id").asString());
        await("the other controller to refuse the token")
                .atMost(Duration.ofSeconds(20))
                .until(() -> holder.call("GET", "/v1/vms", null).status() == 401);
    }
}
