package dev.yado.simulator.wire;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.snapshot.SnapshotJob;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.simulator.SimulatedHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
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
 * PUT    /hosts/{host}/v1/networks/{id}                 HostNetwork -> NetworkAnswer
 * DELETE /hosts/{host}/v1/networks/{id}?generation=N    -> NetworkAnswer
 * PUT    /hosts/{host}/v1/routers/{id}                  HostRouter -> NetworkAnswer
 * DELETE /hosts/{host}/v1/routers/{id}?generation=N     -> NetworkAnswer
 * POST   /hosts/{host}/v1/networks/{id}/trace           PacketTrace.Question -> PacketTrace.Answer
 * ...    /hosts/{host}/v1/vms/{id}/backup                   as BackupAgent says
 * PUT    /hosts/{host}/v1/vms/{id}/snapshot                 as SnapshotAgent says
 * DELETE /hosts/{host}/v1/repositories/{name}/backups/{backup}     as RepositoryAgent says
 * GET    /hosts/{host}/v1/repositories/{name}/backups/{backup}/files, files/content    as FileListing says
 * ...    /hosts/{host}/v1/vms/{id}/arrival, departure, forecast    as MigrationAgent says
 * </pre>
 *
 * A host that does not answer closes the connection.
 */
public final class HostServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostServer.class);
    /** A network of 10,000 ports has some 4 MB. */
    private static final int LARGEST_BODY = 64 << 20;

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
        SimulatedHost host = parts.length >= 6 && parts[1].equals("hosts") ? hosts.get(HostId.of(parts[2])) : null;
        if (host == null || !parts[3].equals("v1")) {
            throw unknown(http);
        }
        return switch (http.getRequestMethod() + " " + parts[4] + " " + (parts.length - 5)) {
            case "PUT vms 1" -> {
                VmSpec spec = body(http, VmSpec.class);
                requireSame(parts[5], spec.id());
                yield host.put(fence(http), spec);
            }
            case "DELETE vms 1" -> {
                VmId vm = VmId.of(parts[5]);
                yield query(http, "moved").isEmpty()
                        ? host.delete(fence(http), vm, generation(http))
                        : host.release(fence(http), vm, migration(http, "moved"), generation(http));
            }
            case "PUT vms 2", "GET vms 2", "DELETE vms 2", "POST vms 2", "POST vms 3" ->
                switch (parts[6]) {
                    case "backup" -> backups(http, parts, host);
                    case "snapshot" -> host.putSnapshot(fence(http), VmId.of(parts[5]), body(http, SnapshotJob.class));
                    default -> moves(http, parts, host);
                };
            case "DELETE repositories 3" -> host.forgetBackup(fence(http), parts[5], BackupId.of(parts[7]));
            case "GET repositories 4" ->
                host.listFiles(
                        parts[5], BackupId.of(parts[7]), query(http, "path").orElse(null));
            case "GET repositories 5" -> host.readFile(parts[5], BackupId.of(parts[7]), required(http, "path"));
            case "PUT networks 1" -> {
                HostNetwork network = body(http, HostNetwork.class);
                requireSame(parts[5], network.id());
                yield host.put(network);
            }
            case "DELETE networks 1" -> host.deleteNetwork(NetworkId.of(parts[5]), generation(http));
            case "PUT routers 1" -> {
                HostRouter router = body(http, HostRouter.class);
                requireSame(parts[5], router.id());
                yield host.put(router);
            }
            case "DELETE routers 1" -> host.deleteRouter(RouterId.of(parts[5]), generation(http));
            case "POST networks 2" -> {
                PacketTrace.Question question = body(http, PacketTrace.Question.class);
                requireSame(parts[5], question.network());
                yield host.trace(question);
            }
            default -> throw unknown(http);
        };
    }

    private static Object moves(HttpExchange http, String[] parts, MigrationAgent host) throws IOException {
        VmId vm = VmId.of(parts[5]);
        String what = String.join("/", Arrays.asList(parts).subList(6, parts.length));
        return switch (http.getRequestMethod() + " " + what) {
            case "PUT arrival" -> host.putArrival(fence(http), vm, body(http, Arrival.class));
            case "GET arrival" -> host.arrival(vm, migration(http, "migration"));
            case "DELETE arrival" -> host.settleArrival(fence(http), vm, migration(http, "migration"));
            case "POST arrival/go" -> host.go(vm, migration(http, "migration"));
            case "PUT departure" -> host.putDeparture(fence(http), vm, body(http, Departure.class));
            case "GET departure" -> host.departure(vm, migration(http, "migration"));
            case "DELETE departure" -> host.cancelDeparture(fence(http), vm, migration(http, "migration"));
            case "POST forecast" -> host.forecast(vm, body(http, Forecast.Question.class));
            default -> throw unknown(http);
        };
    }

    private static Object backups(HttpExchange http, String[] parts, BackupAgent host) throws IOException {
        VmId vm = VmId.of(parts[5]);
        return switch (http.getRequestMethod()) {
            case "PUT" -> host.putBackup(fence(http), vm, body(http, BackupJob.class));
            case "GET" -> host.backup(vm, BackupId.of(required(http, "backup")));
            case "DELETE" -> host.cancelBackup(fence(http), vm, BackupId.of(required(http, "backup")));
            default -> throw unknown(http);
        };
    }

    private static <T> T body(HttpExchange http, Class<T> type) throws IOException {
        byte[] bytes = http.getRequestBody().readNBytes(LARGEST_BODY + 1);
        if (bytes.length > LARGEST_BODY) {
            throw new YadoException(ErrorCode.TOO_LARGE, "A body has at most " + LARGEST_BODY + " bytes.");
        }
        return ProtocolJson.mapper().readValue(bytes, type);
    }

    private static void requireSame(String inPath, Object inBody) {
        if (!inBody.toString().equals(inPath)) {
            throw new IllegalArgumentException("the id in the path and the one in the body differ");
        }
    }

    private static YadoException unknown(HttpExchange http) {
        return new YadoException(
                ErrorCode.NOT_FOUND,
                "no simulated host answers " + http.getRequestMethod() + " " + http.getRequestURI());
    }

    private static CallFence fence(HttpExchange http) {
        String header = http.getRequestHeaders().getFirst(CallFence.HEADER);
        if (header == null) {
            throw new IllegalArgumentException("the header " + CallFence.HEADER + " is missing");
        }
        return CallFence.parse(header);
    }

    private static long generation(HttpExchange http) {
        return Long.parseLong(query(http, "generation")
                .orElseThrow(() -> new IllegalArgumentException("the query needs generation=N")));
    }

    private static MigrationId migration(HttpExchange http, String name) {
        return MigrationId.of(required(http, name));
    }

    private static String required(HttpExchange http, String name) {
        return query(http, name).orElseThrow(() -> new IllegalArgumentException("the query needs " + name + "=ID"));
    }

    private static Optional<String> query(HttpExchange http, String name) {
        String query = http.getRequestURI().getQuery();
        return Arrays.stream(query == null ? new String[0] : query.split("&", -1))
                .filter(each -> each.startsWith(name + "="))
                .map(each -> each.substring(name.length() + 1))
                .findFirst();
    }

    private static void problem(HttpExchange http, ErrorCode code, String detail) throws IOException {
        answer(http, code.httpStatus(), Map.of("code", code.name(), "detail", detail));
    }

    private static void answer(HttpExchange http, int status, Object json) throws IOException {
        byte[] bytes = json instanceof byte[] raw ? raw : ProtocolJson.mapper().writeValueAsBytes(json);
        http.getResponseHeaders()
                .set("Content-Type", json instanceof byte[] ? "application/octet-stream" : "application/json");
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
