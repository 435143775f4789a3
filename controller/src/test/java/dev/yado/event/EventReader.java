package dev.yado.event;

import dev.yado.ControllerClient;
import dev.yado.protocol.ProtocolJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One watcher's connection. Remembers the last id, as a browser does. */
final class EventReader implements AutoCloseable {
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final int status;
    private final InputStream body;
    private final BufferedReader lines;
    private @Nullable String lastId;

    record Seen(String type, String id, JsonNode data) {}

    EventReader(ControllerClient client, String query, @Nullable String lastId) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(client.uri("/v1/events" + query))
                .header("Authorization", "Bearer " + client.token());
        if (lastId != null) {
            request.header("Last-Event-ID", lastId);
        }
        this.lastId = lastId;
        HttpResponse<InputStream> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        this.status = answer.statusCode();
        this.body = answer.body();
        this.lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    int status() {
        return status;
    }

    /** Reads until the stream has said where it is, so that what happens from now on will be told. */
    EventReader ready() throws IOException {
        while (lastId == null) {
            field(lines.readLine());
        }
        return this;
    }

    @Nullable
    String lastId() {
        return lastId;
    }

    /** Blocks until there is one; the test's time limit is the deadline. Null when the stream has ended. */
    @Nullable
    Seen next() throws IOException {
        String type = "";
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty() && !data.isEmpty()) {
                return new Seen(
                        type, String.valueOf(lastId), ProtocolJson.mapper().readTree(data));
            }
            field(line);
            if (line.startsWith("event: ")) {
                type = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            }
        }
        return null;
    }

    private void field(@Nullable String line) throws IOException {
        if (line == null) {
            throw new IOException("the stream ended before it began");
        }
        if (line.startsWith("id: ")) {
            lastId = line.substring(4);
        }
    }

    @Override
    public void close() throws IOException {
        body.close();
        http.shutdownNow();
    }
}
