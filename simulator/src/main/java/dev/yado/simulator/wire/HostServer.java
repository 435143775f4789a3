package dev.yado.simulator.wire;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.simulator.SimulatedHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * All hosts behind one port.
 *
 * <pre>
 * PUT    /hosts/{host}/v1/vms/{id}                 VmSpec -> VmReport
 * DELETE /hosts/{host}/v1/vms/{id}?generation=N    -> VmReport
 * </pre>
 *
 * A host that does not answer closes the connection.
 */
public final class HostServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostServer.class);
    private static final int LARGEST_BODY = 1 << 20;

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<HostId, SimulatedHost> hosts = new ConcurrentHashMap<>();
    private final MachineTls tls;

    public HostServer(InetSocketAddress listen, MachineTls tls) throws IOException {
        this.tls = tls;
        server = HttpsServer.create(listen, 1024);
        server.setHttpsConfigurator(tls.httpServer());
        server.setExecutor(threads);
        server.createContext("/", this::serve);
    }

    /** Where the controller reaches the host. */
    public String urlOf(HostId host) {
        InetSocketAddress address = server.getAddress();
        return "https://" + address.getAddress().getHostAddress() + ":" + address.getPort() + "/hosts/" + host;
    }

    public void add(SimulatedHost host) {
        hosts.put(host.id(), host);
    }

    public void start() {
        server.start();
    }

    private void serve(HttpExchange http) throws IOException {
        try (http) {
            try {
                checkCaller((HttpsExchange) http);
                answer(http, 200, route(http));
            } catch (HostUnreachable e) {
                LOG.debug("no answer: {}", e.getMessage());
            } catch (YadoException e) {
                problem(http, e.code(), String.valueOf(e.getMessage()));
            } catch (IllegalArgumentException | JacksonException e) {
                problem(http, ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
            }
        }
    }

    private void checkCaller(HttpsExchange http) {
        try {
            tls.peer(http.getSSLSession());
        } catch (CertificateException e) {
            throw new YadoException(ErrorCode.CERTIFICATE_REFUSED, String.valueOf(e.getMessage()), e);
        }
    }

    private Object route(HttpExchange http) throws IOException {
        String[] parts = http.getRequestURI().getPath().split("/", -1);
        SimulatedHost host = parts.length == 6 && parts[1].equals("hosts") ? hosts.get(HostId.of(parts[2])) : null;
        if (host == null || !parts[3].equals("v1") || !parts[4].equals("vms")) {
            throw new YadoException(ErrorCode.NOT_FOUND, "no simulated host is at " + http.getRequestURI());
        }
        return call(http, host, VmId.of(parts[5]));
    }

    private static VmReport call(HttpExchange http, SimulatedHost host, VmId vm) throws IOException {
        return switch (http.getRequestMethod()) {
            case "PUT" -> {
                VmSpec spec =
                        ProtocolJson.mapper().readValue(http.getRequestBody().readNBytes(LARGEST_BODY), VmSpec.class);
                if (!spec.id().equals(vm)) {
                    throw new IllegalArgumentException("the id in the path and the one in the body differ");
                }
                yield host.put(fence(http), spec);
            }
            case "DELETE" -> host.delete(fence(http), vm, generation(http));
            default -> throw new YadoException(ErrorCode.METHOD_NOT_ALLOWED, "a VM is PUT or DELETEd");
        };
    }

    private static CallFence fence(HttpExchange http) {
        String header = http.getRequestHeaders().getFirst(CallFence.HEADER);
        if (header == null) {
            throw new IllegalArgumentException("the header " + CallFence.HEADER + " is missing");
        }
        return CallFence.parse(header);
    }

    private static long generation(HttpExchange http) {
        String query = String.valueOf(http.getRequestURI().getQuery());
        if (!query.startsWith("generation=")) {
            throw new IllegalArgumentException("the query needs generation=N");
        }
        return Long.parseLong(query.substring("generation=".length()));
    }

    private static void problem(HttpExchange http, ErrorCode code, String detail) throws IOException {
        answer(http, code.httpStatus(), Map.of("code", code.name(), "detail", detail));
    }

    private static void answer(HttpExchange http, int status, Object json) throws IOException {
        byte[] bytes = ProtocolJson.mapper().writeValueAsBytes(json);
        http.getResponseHeaders().set("Content-Type", "application/json");
        http.sendResponseHeaders(status, bytes.length);
        http.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        hosts.values().forEach(SimulatedHost::close);
        server.stop(0);
        threads.shutdownNow();
    }
}
