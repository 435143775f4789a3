package dev.yado.vmmd.api;

import com.sun.net.httpserver.HttpExchange;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/** One request and its answer. */
final class Exchange {
    static final int LARGEST_BODY = 1 << 20;
    private static final int DISCARDED = 16 << 20;
    private final HttpExchange http;
    private final Map<String, String> query;

    Exchange(HttpExchange http) {
        this.http = http;
        this.query = parse(http.getRequestURI().getRawQuery());
    }

    /** A header, when it was sent. */
    Optional<String> header(String name) {
        return Optional.ofNullable(http.getRequestHeaders().getFirst(name));
    }

    /** Who calls, and in which order. */
    CallFence fence() {
        return CallFence.parse(header(CallFence.HEADER)
                .orElseThrow(() -> new YadoException(
                        ErrorCode.INVALID_REQUEST, "The header " + CallFence.HEADER + " is missing.")));
    }

    /** A word of the query, when it was sent. */
    Optional<String> text(String name) {
        return Optional.ofNullable(query.get(name));
    }

    /** A number of the query, or the given one when it is not there. */
    long number(String name, long otherwise) {
        String text = query.get(name);
        return text == null ? otherwise : number(name, text);
    }

    /** A number of the query that must be there. */
    long number(String name) {
        String text = query.get(name);
        if (text == null) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "The query needs " + name + "=N.");
        }
        return number(name, text);
    }

    /** The body, read as JSON. */
    <T> T body(Class<T> type) throws IOException {
        return body(type, LARGEST_BODY);
    }

    /** The body, read as JSON, of at most so many bytes. */
    <T> T body(Class<T> type, int most) throws IOException {
        try {
            T value = ProtocolJson.mapper().readValue(bytes(most), type);
            if (value == null) {
                throw new YadoException(ErrorCode.INVALID_REQUEST, "The body is null.");
            }
            return value;
        } catch (JacksonException e) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "The body is not a " + type.getSimpleName() + ": " + e.getOriginalMessage(),
                    e);
        }
    }

    /** The body as it is. */
    byte[] bytes() throws IOException {
        return bytes(LARGEST_BODY);
    }

    private byte[] bytes(int most) throws IOException {
        try (InputStream body = http.getRequestBody()) {
            byte[] bytes = body.readNBytes(most + 1);
            if (bytes.length > most) {
                // Read on for a while, or the caller is cut off before it hears why.
                for (long left = DISCARDED, read = 1; left > 0 && read > 0; left -= read) {
                    read = body.read(bytes);
                }
                throw new YadoException(ErrorCode.TOO_LARGE, "A body has at most " + most + " bytes.");
            }
            return bytes;
        }
    }

    InputStream stream() {
        return http.getRequestBody();
    }

    void answer(Object json) throws IOException {
        answer(200, "application/json", ProtocolJson.mapper().writeValueAsBytes(json));
    }

    void answer(int status, String type, byte[] bytes) throws IOException {
        http.getResponseHeaders().set("Content-Type", type);
        http.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            http.getResponseBody().write(bytes);
        }
    }

    /** Begins an answer of so many bytes: with fewer, the caller hears that it was broken off. */
    java.io.OutputStream begin(String type, long bytes) throws IOException {
        http.getResponseHeaders().set("Content-Type", type);
        http.sendResponseHeaders(200, bytes == 0 ? -1 : bytes);
        return http.getResponseBody();
    }

    /** Begins an answer without a known end. */
    java.io.OutputStream begin(String type) throws IOException {
        http.getResponseHeaders().set("Content-Type", type);
        http.sendResponseHeaders(200, 0);
        return http.getResponseBody();
    }

    void problem(ErrorCode code, String detail) throws IOException {
        Map<String, Object> problem =
                Map.of("title", code.whatToDo(), "status", code.httpStatus(), "code", code.name(), "detail", detail);
        answer(
                code.httpStatus(),
                "application/problem+json",
                ProtocolJson.mapper().writeValueAsBytes(problem));
    }

    private static long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, name + " is a number, not " + text + ".", e);
        }
    }

    private static Map<String, String> parse(String query) {
        Map<String, String> values = new HashMap<>();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    values.put(
                            URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
                }
            }
        }
        return values;
    }
}
