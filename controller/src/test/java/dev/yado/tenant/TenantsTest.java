package dev.yado.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.protocol.ImageId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

@ControllerTest
class TenantsTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private JdbcClient jdbc;

    @Test
    void aTenantsTokenSeesItsTenantOnly() {
        String own = tenant();
        String other = tenant();
        ControllerClient client = administrator.withToken(token(own, "work").text("token"));

        Answer list = client.get("/v1/tenants");

        assertThat(list.json().path("items").size()).isEqualTo(1);
        assertThat(client.get("/v1/tenants/" + own).status()).isEqualTo(200);
        assertThat(client.get("/v1/tenants/" + other).status()).isEqualTo(404);
        assertThat(client.get("/v1/tenants/" + other + "/tokens").status()).isEqualTo(404);
        assertThat(client.delete("/v1/tenants/" + other).status()).isEqualTo(404);
    }

    @Test
    void anotherTenantCannotBeToldFromNone() {
        String other = tenant();
        String none = UUID.randomUUID().toString();
        ControllerClient client =
                administrator.withToken(token(tenant(), "work").text("token"));

        String ofOther = client.get("/v1/tenants/" + other).toString().replace(other, "ID");
        String ofNone = client.get("/v1/tenants/" + none).toString().replace(none, "ID");

        assertThat(ofOther).isEqualTo(ofNone);
    }

    @Test
    void onlyTheAdministratorMakesAndRemovesTenants() {
        String own = tenant();
        ControllerClient client = administrator.withToken(token(own, "work").text("token"));

        assertThat(client.post("/v1/tenants", "{\"name\":\"mine\"}").code()).isEqualTo("FORBIDDEN");
        assertThat(client.delete("/v1/tenants/" + own).code()).isEqualTo("FORBIDDEN");
    }

    @Test
    void aTakenNameIsRefusedWithTheIdOfWhoHasIt() {
        String name = "taken-" + System.nanoTime();
        String first = create(name).text("id");

        Answer second = create(name);

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.code()).isEqualTo("NAME_TAKEN");
        assertThat(second.detail()).contains(first);
    }

    @Test
    void aTokenIsShownOnceAndStoredAsHashOnly() {
        String id = tenant();
        String secret = token(id, "once").text("token");

        assertThat(secret).matches("yado_[A-Za-z0-9_-]{43}");
        assertThat(administrator.get("/v1/tenants/" + id + "/tokens").toString())
                .doesNotContain(secret);
        assertThat(jdbc.sql("SELECT count(*) FROM token WHERE name = :secret OR encode(hash, 'escape') = :secret")
                        .param("secret", secret)
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void aRevokedTokenEndsAtOnce() {
        String id = tenant();
        Answer made = token(id, "short");
        ControllerClient client = administrator.withToken(made.text("token"));
        assertThat(client.get("/v1/tenants").status()).isEqualTo(200);

        Answer revoked = client.delete("/v1/tenants/" + id + "/tokens/" + made.text("id"));

        assertThat(revoked.status()).isEqualTo(204);
        assertThat(client.get("/v1/tenants").status()).isEqualTo(401);
    }

    @Test
    void aTenantWithAnImageStaysAndTheAnswerNamesTheImage() {
        String id = tenant();
        ImageId image = ImageId.random();
        jdbc.sql("""
                INSERT INTO image (id, tenant_id, name, format, architecture, state)
                VALUES (:id, :tenant, 'left-over', 'RAW', 'X86_64', 'PENDING')
                """)
                .param("id", image.value())
                .param("tenant", UUID.fromString(id))
                .update();

        Answer refused = administrator.delete("/v1/tenants/" + id);
        jdbc.sql("DELETE FROM image WHERE id = :id").param("id", image.value()).update();
        Answer gone = administrator.delete("/v1/tenants/" + id);

        assertThat(refused.code()).isEqualTo("IN_USE");
        assertThat(refused.detail()).contains("left-over").contains(image.toString());
        assertThat(gone.status()).isEqualTo(204);
        assertThat(administrator.get("/v1/tenants/" + id).status()).isEqualTo(404);
    }

    @Test
    void pagesShowEveryTokenOnce() {
        String id = tenant();
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            made.add(token(id, "t" + i).text("id"));
        }

        List<String> seen = new ArrayList<>();
        String cursor = "";
        do {
            Answer page = administrator.get(
                    "/v1/tenants/" + id + "/tokens?limit=3" + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
            for (JsonNode item : page.json().path("items")) {
                seen.add(item.path("id").asString());
            }
            cursor = page.text("nextCursor");
        } while (!cursor.isEmpty());

        assertThat(seen).containsExactlyInAnyOrderElementsOf(made);
    }

    @Test
    void aCursorOfAnotherListIsRefused() {
        tenant();
        tenant();
        String cursor = administrator.get("/v1/tenants?limit=1").text("nextCursor");

        assertThat(cursor).isNotEmpty();
        assertThat(administrator.get("/v1/tenants?cursor=" + cursor).status()).isEqualTo(200);
        assertThat(administrator
                        .get("/v1/tenants/" + tenant() + "/tokens?cursor=" + cursor)
                        .code())
                .isEqualTo("INVALID_CURSOR");
    }

    private String tenant() {
        return create("tenant-" + System.nanoTime()).text("id");
    }

    private Answer create(String name) {
        return administrator.post("/v1/tenants", "{\"name\":\"" + name + "\"}");
    }

    private Answer token(String tenant, String name) {
        return administrator.post("/v1/tenants/" + tenant + "/tokens", "{\"name\":\"" + name + "\"}");
    }
}
