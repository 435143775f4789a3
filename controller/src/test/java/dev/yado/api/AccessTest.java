package dev.yado.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ControllerTest
class AccessTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private Settings settings;

    @Test
    void healthNeedsNoTokenAndTellsNothingButUp() {
        var answer = administrator.send(HttpRequest.newBuilder(administrator.uri("/actuator/health")));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json()).hasToString("{\"groups\":[\"liveness\",\"readiness\"],\"status\":\"UP\"}");
    }

    @Test
    void aCallWithoutTokenIsRefusedWithAChallenge() {
        var answer = administrator.send(HttpRequest.newBuilder(administrator.uri("/v1/tenants")));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.code()).isEqualTo("UNAUTHENTICATED");
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"yado\"");
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void anUnknownTokenIsRefusedAndNotRepeatedInTheAnswer() {
        String unknown = Token.random().reveal();

        var answer = administrator.withToken(unknown).get("/v1/tenants");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).contains("error=\"invalid_token\"");
        assertThat(answer.toString()).doesNotContain(unknown);
    }

    @Test
    void anAddressThatDoesNotExistIsNotFound() {
        var answer = administrator.get("/v1/nothing/here");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.code()).isEqualTo("NOT_FOUND");
    }

    @Test
    void callsOfHostsAreNotAnsweredOnThePublicPort() {
        for (String path : new String[] {"/internal/v1/join", "/internal/v1/renew", "/internal/v1/nothing"}) {
            var answer = administrator.post(path, "{}");

            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.code()).isEqualTo("NOT_FOUND");
        }
    }

    @Test
    void secretsAreReadableByTheirOwnerAlone() throws Exception {
        for (String name : new String[] {"admin-token", "ca-key"}) {
            var permissions = Files.getPosixFilePermissions(settings.state().resolve(name));

            assertThat(PosixFilePermissions.toString(permissions)).isEqualTo("rw-------");
        }
    }

    @Test
    void theAdministratorActsForATenantByItsIdOrName() {
        String name = "acted-for-" + System.nanoTime();
        String id =
                administrator.post("/v1/tenants", "{\"name\":\"" + name + "\"}").text("id");

        for (String asked : new String[] {id, name}) {
            var seen = administrator.send(administrator.request("/v1/tenants").header("X-Yado-Tenant", asked));

            assertThat(seen.json().path("items").size()).isEqualTo(1);
            assertThat(seen.json().path("items").path(0).path("id").asString()).isEqualTo(id);
        }
        var nobody = administrator.send(administrator.request("/v1/tenants").header("X-Yado-Tenant", "no-such-tenant"));
        assertThat(nobody.status()).isEqualTo(404);
    }

    @Test
    void whatIsNoHttpIsRefusedInTheSameForm() throws Exception {
        for (String line : new String[] {"GET /v1/te|nants HTTP/1.1", "hello", "TRACE / HTTP/1.1"}) {
            try (Socket socket = new Socket("127.0.0.1", administrator.port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write((line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));

                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

                assertThat(answer)
                        .as(line)
                        .contains("application/problem+json", "\"code\":\"")
                        .doesNotContain("<html");
            }
        }
    }
}
