package dev.yado.host;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.ProtocolJson;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import dev.yado.trust.MachineHttp;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/** One call to a host over HTTPS. What is not a clear answer of the daemon counts as unreachable: nothing is known of what it did. */
@Component
class HttpCalls {
    private static final int LONGEST_ANSWER = 1 << 20;
    /** What a host says of the caller and not of the VM. */
    private static final Set<ErrorCode> ABOUT_THE_CALLER =
            Set.of(ErrorCode.UNAUTHENTICATED, ErrorCode.CERTIFICATE_REFUSED);

    private final HostSettings settings;
    private final MachineHttp http;

    HttpCalls(HostSettings settings, MachineHttp http) {
        this.settings = settings;
        this.http = http;
    }

    /**
     * @param name of its span
     * @param object what it is about, in log lines
     * @param fence null where another order, such as a generation, fences it
     */
    record Request(
            String name,
            LogKey key,
            Object object,
            String method,
            String path,
            @Nullable CallFence fence,
            @Nullable Object body) {}

    /** Answers within the usual time. */
    <T> T send(HostAddress address, Request request, Class<T> answer) {
        Object content = request.body();
        byte[] body = content == null ? null : ProtocolJson.mapper().writeValueAsBytes(content);
        try (LogScope _ = LogScope.of(LogKey.HOST, address.name()).with(request.key(), request.object());
                Span span = Tracing.current() == null
                        ? Tracing.resume(null)
                        : Tracing.begin(Span.Kind.CLIENT, request.name()).with(LogKey.HOST, address.name())) {
            try {
                MachineHttp.Call call =
                        new MachineHttp.Call(request.method(), request.path(), headers(request.fence()), body);
                return send(address, call, settings.callTimeout(), answer);
            } catch (RuntimeException e) {
                span.fail(String.valueOf(e.getMessage()));
                throw e;
            }
        }
    }

    private static Map<String, String> headers(@Nullable CallFence fence) {
        Map<String, String> headers = new HashMap<>();
        if (fence != null) {
            headers.put(CallFence.HEADER, fence.header());
        }
        headers.put("Content-Type", "application/json");
        headers.put("Accept", "application/json, application/problem+json");
        String trace = Tracing.header();
        if (trace != null) {
            headers.put(TraceContext.HEADER, trace);
        }
        return headers;
    }

    /** Reads, without a span of its own. */
    <T> T get(HostAddress address, String path, Duration patience, Class<T> answer) {
        Map<String, String> headers = Map.of("Accept", "application/json, application/problem+json");
        return send(address, new MachineHttp.Call("GET", path, headers, null), patience, answer);
    }

    private <T> T send(HostAddress address, MachineHttp.Call call, Duration patience, Class<T> type) {
        try {
            MachineHttp.Answer answer = http.send(
                    new MachineHttp.Target(address.machine(), URI.create(address.url())),
                    call,
                    patience,
                    LONGEST_ANSWER);
            if (answer.status() / 100 == 2) {
                return ProtocolJson.mapper().readValue(answer.body(), type);
            }
            throw refusal(answer);
        } catch (IOException | IllegalArgumentException e) {
            throw unreachable("does not answer: " + e.getMessage(), e);
        } catch (JacksonException e) {
            throw unreachable("gave an answer that is not what was asked for", e);
        }
    }

    /** Only a coded refusal is one; a 401, a 5xx or a proxy's page says nothing about what was asked. */
    private record Problem(@Nullable String code, @Nullable String detail) {}

    private static RuntimeException refusal(MachineHttp.Answer answer) {
        Problem problem;
        try {
            problem = ProtocolJson.mapper().readValue(answer.body(), Problem.class);
        } catch (JacksonException e) {
            return unreachable("answered " + answer.status(), e);
        }
        String name = problem.code();
        ErrorCode code = Arrays.stream(ErrorCode.values())
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElse(null);
        String detail = problem.detail() == null ? "no detail" : problem.detail();
        if (code == null || ABOUT_THE_CALLER.contains(code) || answer.status() / 100 != 4) {
            return unreachable("answered " + answer.status() + ": " + detail, new IOException(detail));
        }
        return new HostAgent.HostRefusal(code, detail);
    }

    private static HostAgent.HostUnreachable unreachable(String how, Exception cause) {
        return new HostAgent.HostUnreachable("its host " + how, cause);
    }
}
