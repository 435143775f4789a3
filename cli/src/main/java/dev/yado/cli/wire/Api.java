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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the API, one at a time. Every method answers a success or throws a {@link Failure}. All but uploads
 * go through HttpURLConnection: HttpClient costs 0.3 s of CPU before its first request.
 */
public final class Api {
    public static final int LARGEST_PAGE = 1000;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** Of a file: a host reads all names of a file system before. */
    private static final Duration FIRST_BYTE = Duration.ofSeconds(150);

    private static final Duration ANSWER = Duration.ofSeconds(90);
    private static final String ACCEPT = "application/json, application/problem+json, text/plain";
    private static final String TENANT = "X-Yado-Tenant";
    private static final String KEY = "Idempotency-Key";
    private static final Duration PERSISTENCE = Duration.ofSeconds(3);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

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
        try {
            return answer(open("GET", path, Map.of()));
        } catch (IOException failure) {
            throw unreachable(failure, false);
        }
    }

    public Answer post(String path) {
        return change("POST", path, null, Map.of());
    }

    public Answer post(String path, Json.Document body) {
        return change("POST", path, body, Map.of());
    }

    public Answer delete(String path) {
        return change("DELETE", path, null, Map.of());
    }

    /** Any change, with headers beyond those that all have. */
    public Answer change(String method, String path, Json.@Nullable Document body, Map<String, String> headers) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(KEY, UUID.randomUUID().toString());
        return persistently(() -> send(method, path, body, all));
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
        String key = UUID.randomUUID().toString();
        return persistently(() -> {
            HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.resolve(path))
                    .header("Content-Type", "application/octet-stream")
                    .header("Authorization", "Bearer " + endpoint.token())
                    .header("Accept", ACCEPT)
                    .header(KEY, key);
            endpoint.tenant().ifPresent(tenant -> request.header(TENANT, tenant));
            HttpResponse<byte[]> response = new Upload(sent).send(request, file, CONNECT);
            return checked(
                    response.statusCode(),
                    response.body(),
                    response.headers().firstValue("ETag").orElse(null));
        });
    }

    private interface Attempt {
        Answer once() throws IOException;
    }

    /** A change that got no answer, or that the controller could not carry out just now, is sent again: its key makes it one change. */
    private Answer persistently(Attempt attempt) {
        long giveUp = System.nanoTime() + PERSISTENCE.toNanos();
        boolean sent = false;
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                return attempt.once();
            } catch (IOException failure) {
                sent |= !neverSent(failure);
                if (failure instanceof UnknownHostException || System.nanoTime() > giveUp) {
                    throw unreachable(failure, sent);
                }
            } catch (Failure refused) {
                if (refused.exit() != ExitCode.UNREACHABLE || System.nanoTime() > giveUp) {
                    throw refused;
                }
            }
            sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failure.of(ExitCode.FAILED, "INTERRUPTED", "interrupted", "");
        }
    }

    /** An endless answer. The reader closes it. @throws Failure when it is refused or nobody answers */
    InputStream stream(String path, @Nullable String lastEventId) {
        try {
            HttpURLConnection connection = open("GET", path, Map.of());
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

    /** Writes the bytes of the answer, however many. @throws Failure when it is refused, nobody answers, or it ends too early */
    public void download(String path, OutputStream to) {
        try {
            HttpURLConnection connection = open("GET", path, Map.of());
            connection.setRequestProperty("Accept", "application/octet-stream, application/problem+json");
            connection.setReadTimeout((int) FIRST_BYTE.toMillis());
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                answer(connection);
            }
            long length = connection.getContentLengthLong();
            long came;
            try (InputStream from = connection.getInputStream()) {
                came = from.transferTo(to);
            }
            to.flush();
            if (came != length) {
                throw new IOException("the answer was broken off after " + came + " of " + length + " bytes");
            }
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

    private Answer send(String method, String path, Json.@Nullable Document body, Map<String, String> headers)
            throws IOException {
        HttpURLConnection connection = open(method, path, headers);
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
    }

    private HttpURLConnection open(String method, String path, Map<String, String> headers) throws IOException {
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
        headers.forEach(connection::setRequestProperty);
        return connection;
    }

    private static Answer answer(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream from = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return checked(status, from == null ? new byte[0] : from.readAllBytes(), connection.getHeaderField("ETag"));
        }
    }

    private static Answer checked(int status, byte[] body, @Nullable String etag) {
        if (status < 200 || status >= 300) {
            throw Failure.ofAnswer(status, body);
        }
        return new Answer(body, etag);
    }

    private static boolean neverSent(IOException failure) {
        return failure instanceof ConnectException || failure instanceof UnknownHostException;
    }

    /** @param sent a change has left, and nobody has said what became of it */
    private Failure unreachable(IOException failure, boolean sent) {
        String why = switch (failure) {
            case UnknownHostException _ -> "there is no host of this name";
            case ConnectException refused -> String.valueOf(refused.getMessage());
            case SocketTimeoutException _, HttpConnectTimeoutException _ -> "no answer in time";
            default -> String.valueOf(failure.getMessage() == null ? failure : failure.getMessage());
        };
        return Failure.of(
                ExitCode.UNREACHABLE,
                "UNREACHABLE",
                "cannot reach the controller at " + endpoint.url() + ": " + why,
                sent
                        ? "The call may have been carried out all the same: look with 'yado op list' before you repeat it."
                        : "Start it ('yado up'), or name another one by --url or YADO_URL.");
    }
}
