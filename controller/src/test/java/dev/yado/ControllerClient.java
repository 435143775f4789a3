package dev.yado;

import dev.yado.protocol.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Calls the controller under test as anybody would: over HTTP, with a token. The bean has the administrator's. */
@Component
public final class ControllerClient {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Environment environment;
    private final Optional<String> token;

    @org.springframework.beans.factory.annotation.Autowired
    ControllerClient(Environment environment) {
        this(environment, Optional.empty());
    }

    private ControllerClient(Environment environment, Optional<String> token) {
        this.environment = environment;
        this.token = token;
    }

    public record Answer(int status, HttpResponse<byte[]> response) {
        public JsonNode json() {
            return ProtocolJson.mapper().readTree(response.body());
        }

        public String code() {
            return json().path("code").asString("");
        }

        public String detail() {
            return json().path("detail").asString("");
        }

        public String text(String field) {
            return json().path(field).asString("");
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        @Override
        public String toString() {
            return status + " " + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    public ControllerClient withToken(String other) {
        return new ControllerClient(environment, Optional.of(other));
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    public int port() {
        return environment.getRequiredProperty("local.server.port", Integer.class);
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    public Answer post(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    public Answer put(String path, HttpRequest.BodyPublisher bytes) {
        return send(
                request(path).header("Content-Type", "application/octet-stream").PUT(bytes));
    }

    /** With this client's token; add what the call needs and give it to {@link #send}. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + token());
    }

    public Answer send(HttpRequest.Builder request) {
        return send(HTTP, request);
    }

    /** As whoever the client's certificate says. */
    public static Answer send(HttpClient client, HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response);
        } catch (IOException e) {
            throw new UncheckedIOException("no answer from the controller", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the controller", e);
        }
    }

    public String token() {
        return token.orElseGet(() -> firstLine(Path.of(environment.getRequiredProperty("yado.state"), "admin-token")));
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the controller made no " + file, e);
        }
    }
}
