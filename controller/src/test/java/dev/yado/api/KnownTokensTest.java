package dev.yado.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;

/** Tokens are remembered, and yet end at once. */
@ControllerTest
class KnownTokensTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private JdbcTemplate jdbc;

    private String tenantId;
    private Answer made;
    private ControllerClient tenant;

    @BeforeEach
    void aTokenThatIsInUse() {
        tenantId = administrator
                .post("/v1/tenants", "{\"name\":\"t-" + UUID.randomUUID() + "\"}")
                .text("id");
        made = administrator.post("/v1/tenants/" + tenantId + "/tokens", "{\"name\":\"test\"}");
        tenant = administrator.withToken(made.text("token"));
        assertThat(tenant.get("/v1/vms").status()).isEqualTo(200);
        assertThat(tenant.get("/v1/vms").status()).isEqualTo(200);
    }

    @Test
    void oneThatIsRevokedHereEndsBeforeTheAnswer() {
        administrator.delete("/v1/tenants/" + tenantId + "/tokens/" + made.text("id"));

        assertThat(tenant.get("/v1/vms").status()).isEqualTo(401);
    }

    @Test
    void thoseOfATenantEndWithIt() {
        administrator.delete("/v1/tenants/" + tenantId);

        assertThat(tenant.get("/v1/vms").status()).isEqualTo(401);
    }

    /** As another controller does it. */
    @Test
    void oneThatIsRevokedElsewhereEndsAsSoonAsTheDatabaseSaysSo() {
        jdbc.update("DELETE FROM token WHERE id = ?", UUID.fromString(made.text("id")));

        await().atMost(5, SECONDS).until(() -> tenant.get("/v1/vms").status() == 401);
    }
}
