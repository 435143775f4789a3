package dev.yado.host;

import dev.yado.api.HostTrust;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.TraceContext;
import dev.yado.telemetry.Tracing;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/** Hosts over HTTP. What is not a clear answer of the daemon counts as unreachable: nothing is known of what it did. */
@Component
class HttpHostAgents implements HostAgents {
    private final Hosts hosts;
    private final HostTrust trust;
    private final HostSettings settings;
    private final HttpClient http;

    HttpHostAgents(Hosts hosts, HostTrust trust, HostSettings settings) {
        this.hosts = hosts;
        this.trust = trust;
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.connectTimeout())
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public HostAgent of(HostId host) {
        HostAddress address = hosts.address(host);
        return new HostAgent() {
            @Override
            public VmReport put(CallFence fence, VmSpec spec) {
                HttpRequest.Builder request = request(address, "/v1/vms/" + spec.id(), fence)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofByteArray(ProtocolJson.mapper().writeValueAsBytes(spec)));
                return watched("PUT /v1/vms/{id}", address, spec.id(), () -> send(address, traced(request)));
            }

            @Override
            public VmReport delete(CallFence fence, VmId id, long generation) {
                HttpRequest.Builder request = request(address, "/v1/vms/" + id + "?generation=" + generation, fence)
                        .DELETE();
                return watched("DELETE /v1/vms/{id}", address, id, () -> send(address, traced(request)));
            }
        };
    }

    private static <T> T watched(String name, HostAddress address, VmId vm, Supplier<T> call) {
        try (LogScope _ = LogScope.of(LogKey.HOST, address.name()).with(LogKey.VM, vm);
                Span span = Tracing.current() == null
                        ? Tracing.resume(null)
                        : Tracing.begin(Span.Kind.CLIENT, name).with(LogKey.HOST, address.name())) {
            try {
                return call.get();
            } catch (RuntimeException e) {
                span.fail(String.valueOf(e.getMessage()));
                throw e;
            }
        }
    }

    private static HttpRequest traced(HttpRequest.Builder request) {
        String trace = Tracing.header();
        return trace == null
                ? request.build()
                : request.header(TraceContext.HEADER, trace).build();
    }

    private HttpRequest.Builder request(HostAddress address, String path, CallFence fence) {
        return HttpRequest.newBuilder(URI.create(address.url() + path))
                .timeout(settings.callTimeout())
                .header(HostTrust.HEADER, trust.header())
                .header(CallFence.HEADER, fence.header())
                .header("Accept", "application/json, application/problem+json");
    }

    private VmReport send(HostAddress address, HttpRequest request) {
        try {
            HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
            if (response.statusCode() / 100 == 2) {
                return ProtocolJson.mapper().readValue(response.body(), VmReport.class);
            }
            throw refusal(address, response);
        } catch (IOException e) {
            throw unreachable(address, "does not answer", e);
        } catch (JacksonException e) {
            throw unreachable(address, "gave an answer that is not a report", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unreachable(address, "was not waited for", new InterruptedIOException());
        }
    }

    /** Only a coded refusal is one; a 401, a 5xx or a proxy's page says nothing about the VM. */
    private record Problem(@Nullable String code, @Nullable String detail) {}

    private static RuntimeException refusal(HostAddress address, HttpResponse<byte[]> response) {
        Problem problem;
        try {
            problem = ProtocolJson.mapper().readValue(response.body(), Problem.class);
        } catch (JacksonException e) {
            return unreachable(address, "answered " + response.statusCode(), e);
        }
        String name = problem.code();
        ErrorCode code = Arrays.stream(ErrorCode.values())
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElse(null);
        String detail = problem.detail() == null ? "no detail" : problem.detail();
        if (code == null || code == ErrorCode.UNAUTHENTICATED || response.statusCode() / 100 != 4) {
            return unreachable(address, "answered " + response.statusCode() + ": " + detail, new IOException(detail));
        }
        return new HostAgent.HostRefusal(code, detail);
    }

    private static HostAgent.HostUnreachable unreachable(HostAddress address, String how, Exception cause) {
        return new HostAgent.HostUnreachable("its host " + how, cause);
    }
}
