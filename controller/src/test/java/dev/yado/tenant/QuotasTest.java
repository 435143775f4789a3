package dev.yado.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.net.http.HttpRequest;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;

/** Limits per tenant, over HTTP. */
@ControllerTest
@Timeout(60)
class QuotasTest {
    @Autowired
    private ControllerClient administrator;

    private ControllerClient tenant;
    private String path;

    @BeforeEach
    void newTenant() {
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        path = "/v1/tenants/" + id + "/quota";
        tenant = administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    private Answer set(String limits) {
        return put(administrator, limits, "*");
    }

    private Answer put(ControllerClient client, String limits, String ifMatch) {
        return client.send(client.request(path)
                .header("Content-Type", "application/json")
                .header("If-Match", ifMatch)
                .PUT(HttpRequest.BodyPublishers.ofString(limits)));
    }

    private Answer create(String name) {
        return tenant.post(
                "/v1/vms",
                "{\"name\":\"%s\",\"vcpus\":2,\"memoryMiB\":64,\"accelerator\":\"kvm\",\"start\":false,\"disks\":[{\"sizeGiB\":1},{\"sizeGiB\":2}]}"
                        .formatted(name));
    }

    @Test
    void withoutLimitsEverythingIsAllowedAndCounted() {
        create("one");
        create("two");

        Answer quota = tenant.get("/v1/quota");

        assertThat(quota.json().path("vms").path("used").asLong()).isEqualTo(2);
        assertThat(quota.json().path("vms").has("limit")).isFalse();
        assertThat(quota.json().path("vcpus").path("used").asLong()).isEqualTo(4);
        assertThat(quota.json().path("memoryMiB").path("used").asLong()).isEqualTo(128);
        assertThat(quota.json().path("diskMiB").path("used").asLong()).isEqualTo(6144);
        assertThat(quota.json().path("largest").size()).isEqualTo(2);
    }

    @Test
    void whatGoesOverIsRefusedWithEveryLimitItPasses() {
        set("{\"vms\":1,\"vcpus\":8,\"memoryMiB\":100,\"diskMiB\":null}");
        assertThat(create("one").status()).isEqualTo(202);

        Answer refused = create("two");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(refused.detail())
                .contains("vms: limit 1, used 1, asked 1")
                .contains("memoryMiB: limit 100, used 64, asked 64")
                .doesNotContain("vcpus")
                .doesNotContain("diskMiB");
    }

    @Test
    void aLimitBelowTheUseTakesNothingAwayAndSaysSo() {
        create("one");
        create("two");

        Answer lowered = set("{\"vms\":1}");

        assertThat(lowered.status()).isEqualTo(200);
        assertThat(lowered.json().path("vms").path("exceeded").asBoolean()).isTrue();
        assertThat(lowered.text("notice")).contains("vms 2 of 1");
        assertThat(tenant.get("/v1/vms").json().path("items").size()).isEqualTo(2);
        assertThat(create("three").code()).isEqualTo("QUOTA_EXCEEDED");
        assertThat(set("{}").json().path("vms").has("limit")).isFalse();
        assertThat(create("three").status()).isEqualTo(202);
    }

    @Test
    void onlyTheAdministratorSetsLimitsAndOnlyOfTheVersionThatWasRead() {
        Answer read = administrator.get(path);
        assertThat(put(tenant, "{\"vms\":1}", "*").code()).isEqualTo("FORBIDDEN");
        assertThat(put(administrator, "{\"vms\":1}", read.header("ETag")).status())
                .isEqualTo(200);

        Answer late = put(administrator, "{\"vms\":9}", read.header("ETag"));

        assertThat(late.status()).isEqualTo(412);
        assertThat(late.code()).isEqualTo("PRECONDITION_FAILED");
        assertThat(tenant.get(path).json().path("vms").path("limit").asLong()).isEqualTo(1);
        assertThat(set("{\"vms\":-1}").code()).isEqualTo("INVALID_REQUEST");
        assertThat(set("{\"vm\":1}").code()).isEqualTo("UNKNOWN_FIELD");
    }
}
