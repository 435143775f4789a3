package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public API as one token sees it. Calls wait out a controller that is being restarted. */
final class Api {
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String url;
    private final String token;

    Api(String url, String token) {
        this.url = url;
        this.token = token;
    }

    record Answer(int status, JsonNode body) {
        boolean isUnavailable() {
            return status == 503 && body.path("code").asString("").equals("UNAVAILABLE");
        }
    }

    String url() {
        return url;
    }

    String token() {
        return token;
    }

    /** The same controller, seen by a new tenant of that name. */
    Api newTenant(String name) {
        String id = post("/v1/tenants", Map.of("name", name)).get("id").asString();
        return new Api(
                url,
                post("/v1/tenants/" + id + "/tokens", Map.of("name", "test"))
                        .get("token")
                        .asString());
    }

    /** As an answer that says "try again in a moment" asks for, when the database has been killed: for a while. */
    JsonNode get(String path) {
        Answer[] answer = {call("GET", path, null)};
        if (answer[0].isUnavailable()) {
            await("an answer to GET " + path)
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !(answer[0] = call("GET", path, null)).isUnavailable());
        }
        return expect(2, answer[0]);
    }

    JsonNode post(String path, Object body) {
        return expect(2, call("POST", path, body));
    }

    JsonNode put(String path, Object body) {
        return expect(2, call("PUT", path, body));
    }

    JsonNode delete(String path) {
        return expect(2, call("DELETE", path, null));
    }

    String text(String path) {
        HttpResponse<String> response = send(request(path).GET().build());
        assertThat(response.statusCode()).as("%s: %s", path, response.body()).isEqualTo(200);
        return response.body();
    }

    JsonNode upload(String path, Path file) {
        try {
            return expect(
                    2,
                    answer(send(request(path)
                            .header("Content-Type", "application/octet-stream")
                            .PUT(BodyPublishers.ofFile(file))
                            .build())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Answer call(String method, String path, @org.jspecify.annotations.Nullable Object body) {
        HttpRequest.Builder request = request(path);
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json")
                    .method(method, BodyPublishers.ofString(JSON.writeValueAsString(body)));
        }
        return answer(send(request.build()));
    }

    /** The operation once it has ended. */
    JsonNode ended(String operationId, Duration patience) {
        Instant deadline = Instant.now().plus(patience);
        while (true) {
            JsonNode operation = get("/v1/operations/" + operationId + "?waitSeconds=5");
            if (operation.hasNonNull("endedAt")) {
                return operation;
            }
            assertThat(Instant.now())
                    .as("deadline for %s", operation.toPrettyString())
                    .isBefore(deadline);
        }
    }

    JsonNode succeeded(JsonNode accepted) {
        JsonNode operation = ended(accepted.get("id").asString(), Duration.ofMinutes(2));
        assertThat(operation.get("status").asString())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        return operation;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(100))
                .header("Authorization", "Bearer " + token);
    }

    /** A request that met no controller has done nothing, so it is sent again. */
    private static HttpResponse<String> send(HttpRequest request) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (true) {
            try {
                return HTTP.send(request, BodyHandlers.ofString());
            } catch (ConnectException refused) {
                pauseUntil(deadline, refused);
            } catch (IOException broken) {
                if (!request.method().equals("GET")) {
                    throw new UncheckedIOException(broken);
                }
                pauseUntil(deadline, broken);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void pauseUntil(Instant deadline, IOException cause) {
        if (Instant.now().isAfter(deadline)) {
            throw new UncheckedIOException(cause);
        }
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Answer answer(HttpResponse<String> response) {
        String body = response.body();
        return new Answer(response.statusCode(), JSON.readTree(body.isBlank() ? "null" : body));
    }

    private static JsonNode expect(int hundreds, Answer answer) {
        assertThat(answer.status() / 100)
                .as("%d: %s", answer.status(), answer.body().toPrettyString())
                .isEqualTo(hundreds);
        return answer.body();
    }
}
