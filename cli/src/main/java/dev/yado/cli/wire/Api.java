package dev.yado.cli.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the API, one at a time. Every method answers a success or throws a {@link Failure}. All but uploads
 * go through HttpURLConnection: HttpClient costs 0.3 s of CPU before its first request.
 */
public final class Api {
    public static final int LARGEST_PAGE = 1000;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(90);
    private static final String ACCEPT = "application/json, application/problem+json, text/plain";
    private static final String TENANT = "X-Yado-Tenant";

    private final Endpoint endpoint;

    public Api(Endpoint endpoint) {
        // A POST that was sent is never sent again behind the caller's back.
        System.setProperty("sun.net.http.retryPost", "false");
        this.endpoint = endpoint;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    public Answer get(String path) {
        return call("GET", path, null);
    }

    public Answer post(String path) {
        return call("POST", path, null);
    }

    public Answer post(String path, Json.Document body) {
        return call("POST", path, body);
    }

    public Answer delete(String path) {
        return call("DELETE", path, null);
    }

    /** All items of a list, page after page. The path may have a query. */
    public List<Json.Document> all(String path) {
        List<Json.Document> items = new ArrayList<>();
        String more = path + (path.contains("?") ? "&" : "?") + "limit=" + LARGEST_PAGE;
        String page = more;
        while (true) {
            Json.Document answer = get(page).document();
            items.addAll(answer.documents("items"));
            String cursor = answer.text("nextCursor");
            if (cursor.isEmpty()) {
                return items;
            }
            page = more + "&cursor=" + encode(cursor);
        }
    }

    /** Sends a file; tells how many bytes are on their way. */
    public Answer upload(String path, Path file, LongConsumer sent) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.resolve(path))
                    .header("Content-Type", "application/octet-stream")
                    .header("Authorization", "Bearer " + endpoint.token())
                    .header("Accept", ACCEPT);
            endpoint.tenant().ifPresent(tenant -> request.header(TENANT, tenant));
            HttpResponse<byte[]> response = new Upload(sent).send(request, file, CONNECT);
            return checked(response.statusCode(), response.body());
        } catch (IOException failure) {
            throw unreachable(failure, true);
        }
    }

    /** An endless answer. The reader closes it. @throws Failure when it is refused or nobody answers */
    InputStream stream(String path, @Nullable String lastEventId) {
        try {
            HttpURLConnection connection = open("GET", path);
            connection.setRequestProperty("Accept", "text/event-stream, application/problem+json");
            if (lastEventId != null) {
                connection.setRequestProperty("Last-Event-ID", lastEventId);
            }
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                answer(connection);
            }
            return connection.getInputStream();
        } catch (IOException failure) {
            throw unreachable(failure);
        }
    }

    Failure unreachable(IOException failure) {
        return unreachable(failure, false);
    }

    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Answer call(String method, String path, Json.@Nullable Document body) {
        try {
            HttpURLConnection connection = open(method, path);
            if (body != null || method.equals("POST")) {
                connection.setDoOutput(true);
                byte[] bytes = body == null ? new byte[0] : body.bytes();
                if (body != null) {
                    connection.setRequestProperty("Content-Type", "application/json");
                }
                try (OutputStream to = connection.getOutputStream()) {
                    to.write(bytes);
                }
            }
            return answer(connection);
        } catch (IOException failure) {
            throw unreachable(failure, !method.equals("GET"));
        }
    }

    private HttpURLConnection open(String method, String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) endpoint.resolve(path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) ANSWER.toMillis());
        // A redirect would carry the token to where it was not meant for.
        connection.setInstanceFollowRedirects(false);
        connection.setRequestProperty("Authorization", "Bearer " + endpoint.token());
        connection.setRequestProperty("Accept", ACCEPT);
        endpoint.tenant().ifPresent(tenant -> connection.setRequestProperty(TENANT, tenant));
        return connection;
    }

    private static Answer answer(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream from = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return checked(status, from == null ? new byte[0] : from.readAllBytes());
        }
    }

    private static Answer checked(int status, byte[] body) {
        if (status < 200 || status >= 300) {
            throw Failure.ofAnswer(status, body);
        }
        return new Answer(body);
    }

    private Failure unreachable(IOException failure, boolean changes) {
        String why = switch (failure) {
            case UnknownHostException _ -> "there is no host of this name";
            case ConnectException refused -> String.valueOf(refused.getMessage());
            case SocketTimeoutException _, HttpConnectTimeoutException _ -> "no answer in time";
            default -> String.valueOf(failure.getMessage() == null ? failure : failure.getMessage());
        };
        boolean neverSent = failure instanceof ConnectException || failure instanceof UnknownHostException;
        return Failure.of(
                ExitCode.UNREACHABLE,
                "UNREACHABLE",
                "cannot reach the controller at " + endpoint.url() + ": " + why,
                changes && !neverSent
                        ? "The call may have been carried out all the same: look with 'yado op list' before you repeat it."
                        : "Start it ('yado up'), or name another one by --url or YADO_URL.");
    }
}
