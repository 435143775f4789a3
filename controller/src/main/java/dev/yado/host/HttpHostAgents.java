package dev.yado.host;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;

/** Hosts over HTTPS. What is not a clear answer of the daemon counts as unreachable: nothing is known of what it did. */
@Component
class HttpHostAgents implements HostAgents, HostWitness, NetworkAgents {
    private static final int LONGEST_ANSWER = 1 << 20;
    /** What a host says of the caller and not of the VM. */
    private static final Set<ErrorCode> ABOUT_THE_CALLER =
            Set.of(ErrorCode.UNAUTHENTICATED, ErrorCode.CERTIFICATE_REFUSED);

    private final Hosts hosts;
    private final HostSettings settings;
    private final MachineHttp http;

    HttpHostAgents(Hosts hosts, HostSettings settings, MachineHttp http) {
        this.hosts = hosts;
        this.settings = settings;
        this.http = http;
    }

    @Override
    public HostAgent of(HostId host) {
        HostAddress address = hosts.address(host);
        return new HostAgent() {
            @Override
            public VmReport put(CallFence fence, VmSpec spec) {
                byte[] body = ProtocolJson.mapper().writeValueAsBytes(spec);
                return watched(
                        "PUT /v1/vms/{id}",
                        address,
                        LogKey.VM,
                        spec.id(),
                        () -> send(address, "PUT", "/v1/vms/" + spec.id(), fence, body));
            }

            @Override
            public VmReport delete(CallFence fence, VmId id, long generation) {
                String path = "/v1/vms/" + id + "?generation=" + generation;
                return watched(
                        "DELETE /v1/vms/{id}",
                        address,
                        LogKey.VM,
                        id,
                        () -> send(address, "DELETE", path, fence, null));
            }
        };
    }

    @Override
    public NetworkAgent networkOf(HostId host) {
        HostAddress address = hosts.address(host);
        return new NetworkAgent() {
            @Override
            public NetworkAnswer put(HostNetwork network) {
                return watched(
                        "PUT /v1/networks/{id}",
                        address,
                        LogKey.NETWORK,
                        network.id(),
                        () -> ask(address, "PUT", "/v1/networks/" + network.id(), network, NetworkAnswer.class));
            }

            @Override
            public NetworkAnswer deleteNetwork(NetworkId id, long generation) {
                String path = "/v1/networks/" + id + "?generation=" + generation;
                return watched(
                        "DELETE /v1/networks/{id}",
                        address,
                        LogKey.NETWORK,
                        id,
                        () -> ask(address, "DELETE", path, null, NetworkAnswer.class));
            }

            @Override
            public NetworkAnswer put(HostRouter router) {
                return watched(
                        "PUT /v1/routers/{id}",
                        address,
                        LogKey.ROUTER,
                        router.id(),
                        () -> ask(address, "PUT", "/v1/routers/" + router.id(), router, NetworkAnswer.class));
            }

            @Override
            public NetworkAnswer deleteRouter(RouterId id, long generation) {
                String path = "/v1/routers/" + id + "?generation=" + generation;
                return watched(
                        "DELETE /v1/routers/{id}",
                        address,
                        LogKey.ROUTER,
                        id,
                        () -> ask(address, "DELETE", path, null, NetworkAnswer.class));
            }

            @Override
            public PacketTrace.Answer trace(PacketTrace.Question question) {
                String path = "/v1/networks/" + question.network() + "/trace";
                return watched(
                        "POST /v1/networks/{id}/trace",
                        address,
                        LogKey.NETWORK,
                        question.network(),
                        () -> ask(address, "POST", path, question, PacketTrace.Answer.class));
            }
        };
    }

    private static <T> T watched(String name, HostAddress address, LogKey key, Object object, Supplier<T> call) {
        try (LogScope _ = LogScope.of(LogKey.HOST, address.name()).with(key, object);
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

    /** What is asked of networks is fenced by its generation. */
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

    @Override
    public GuestStory story(HostId host, VmId vm, Duration patience) {
        Map<String, String> headers = Map.of("Accept", "application/json, application/problem+json");
        return send(
                hosts.address(host),
                new MachineHttp.Call("GET", "/v1/vms/" + vm + "/why", headers, null),
                patience,
                GuestStory.class);
    }

    private VmReport send(HostAddress address, String method, String path, CallFence fence, byte @Nullable [] body) {
        return send(
                address,
                new MachineHttp.Call(method, path, headers(fence), body),
                settings.callTimeout(),
                VmReport.class);
    }

    private <T> T ask(HostAddress address, String method, String path, @Nullable Object content, Class<T> type) {
        byte[] body = content == null ? null : ProtocolJson.mapper().writeValueAsBytes(content);
        return send(address, new MachineHttp.Call(method, path, headers(null), body), settings.callTimeout(), type);
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
