package dev.yado.vmmd.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.RepositoryAgent;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.vmmd.files.HostFiles;
import dev.yado.vmmd.qemu.GuestConsole;
import dev.yado.vmmd.qemu.SerialPort;
import dev.yado.vmmd.vm.Moves;
import dev.yado.vmmd.vm.Vms;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes. Every one needs a valid certificate of a controller of the same CA, at the connection and again at each call; those
 * with a star take that of the host, too, that the guest comes from.
 *
 * <pre>
 * PUT    /v1/vms/{id}                        VmSpec -> VmReport, with header X-Yado-Operation
 * DELETE /v1/vms/{id}?generation=N           -> VmReport, with header X-Yado-Operation
 * DELETE /v1/vms/{id}?generation=N&moved=M   -> VmReport, with header X-Yado-Operation
 * PUT    /v1/vms/{id}/arrival                Arrival -> ArrivalAnswer, with header X-Yado-Operation
 * GET    /v1/vms/{id}/arrival?migration=M    * -> ArrivalAnswer
 * POST   /v1/vms/{id}/arrival/flows?migration=M * [MovedFlow] -> ArrivalAnswer
 * POST   /v1/vms/{id}/arrival/go?migration=M * -> ArrivalAnswer
 * DELETE /v1/vms/{id}/arrival?migration=M    -> ArrivalAnswer, with header X-Yado-Operation
 * PUT    /v1/vms/{id}/departure              Departure -> DepartureAnswer, with header X-Yado-Operation
 * GET    /v1/vms/{id}/departure?migration=M  -> DepartureAnswer
 * DELETE /v1/vms/{id}/departure?migration=M  -> DepartureAnswer, with header X-Yado-Operation
 * PUT    /v1/vms/{id}/backup                 BackupJob -> BackupAnswer, with header X-Yado-Operation
 * GET    /v1/vms/{id}/backup?backup=B        -> BackupAnswer
 * DELETE /v1/vms/{id}/backup?backup=B        -> BackupAnswer, with header X-Yado-Operation
 * PUT    /v1/vms/{id}/snapshot               SnapshotJob -> SnapshotAnswer, with header X-Yado-Operation
 * GET    /v1/repositories/{name}/backups/{id}/files?path=P -> FileListing
 * GET    /v1/repositories/{name}/backups/{id}/files/content?path=P  the bytes of a file
 * DELETE /v1/repositories/{name}/backups/{id} -> RepositoryAgent.Forgotten, with header X-Yado-Operation
 * POST   /v1/vms/{id}/forecast               Forecast.Question -> Forecast
 * GET    /v1/vms, /v1/vms/{id}               [VmReport], VmReport
 * GET    /v1/vms/{id}/why                    GuestStory
 * GET    /v1/vms/{id}/serial?port=0&bytes=N  the last bytes
 * GET    /v1/vms/{id}/console?port=0         bytes without end, beginning with the last 4 KiB
 * POST   /v1/vms/{id}/console?port=0         bytes to type
 * PUT    /v1/networks/{id}                   HostNetwork -> NetworkAnswer
 * DELETE /v1/networks/{id}?generation=N      -> NetworkAnswer
 * POST   /v1/networks/{id}/trace             PacketTrace.Question -> PacketTrace.Answer
 * PUT    /v1/routers/{id}                    HostRouter -> NetworkAnswer
 * DELETE /v1/routers/{id}?generation=N       -> NetworkAnswer
 * GET    /v1/report, /v1/selftest, /v1/health
 * </pre>
 */
public final class HostApi implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HostApi.class);
    private static final int SERIAL_DEFAULT = 64 << 10;
    private static final int SERIAL_MOST = 1 << 20;

    private final HttpsServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final MachineTls tls;
    private final Vms vms;
    private final NetworkRoutes networks;
    private final MoveRoutes moves;
    private final BackupRoutes backups;
    private final SnapshotRoutes snapshots;
    private final Supplier<HostReport> report;
    private final Function<VmId, Optional<GuestStory>> story;
    private final SelfTestReport selfTest;
    private final ConsoleStream consoles = new ConsoleStream();

    /**
     * Listens, but answers only after {@link #start}.
     *
     * @param report makes a full report
     * @param story tells why a VM is as it is; empty for one that was never here
     * @throws IOException when the address cannot be listened on
     */
    public HostApi(
            InetSocketAddress listen,
            MachineTls tls,
            Vms vms,
            Moves moves,
            BackupAgent backups,
            RepositoryAgent repositories,
            HostFiles files,
            SnapshotAgent snapshots,
            NetworkAgent networks,
            Supplier<HostReport> report,
            Function<VmId, Optional<GuestStory>> story,
            SelfTestReport selfTest)
            throws IOException {
        this.tls = tls;
        this.vms = vms;
        this.moves = new MoveRoutes(moves);
        this.backups = new BackupRoutes(backups, repositories, files);
        this.snapshots = new SnapshotRoutes(snapshots);
        this.networks = new NetworkRoutes(networks);
        this.report = report;
        this.story = story;
        this.selfTest = selfTest;
        try {
            server = HttpsServer.create(listen, 128);
        } catch (IOException e) {
            throw new IOException("cannot listen on " + listen + ": " + e.getMessage(), e);
        }
        server.setHttpsConfigurator(tls.httpServer());
        server.setExecutor(threads);
        server.createContext("/", this::serve);
    }

    /** The real address, also where any port was asked for. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    public void start() {
        server.start();
    }

    @Override
    public void close() {
        consoles.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange http) throws IOException {
        try (http) {
            Exchange exchange = new Exchange(http);
            try (RequestWatch _ = RequestWatch.of(http)) {
                route(http.getRequestMethod(), http.getRequestURI().getPath(), exchange, caller((HttpsExchange) http));
            } catch (YadoException e) {
                exchange.problem(e.code(), e.getMessage() == null ? "" : e.getMessage());
            } catch (IllegalArgumentException e) {
                exchange.problem(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                log.error(
                        "{} {} failed",
                        http.getRequestMethod(),
                        http.getRequestURI().getPath(),
                        e);
                exchange.problem(ErrorCode.INTERNAL, "The daemon failed; its log says how.");
            }
        }
    }

    private Machine caller(HttpsExchange http) {
        try {
            return tls.peer(http.getSSLSession());
        } catch (CertificateException e) {
            throw new YadoException(ErrorCode.CERTIFICATE_REFUSED, "The call is refused: " + e.getMessage() + ".", e);
        }
    }

    private void route(String method, String path, Exchange exchange, Machine caller) throws IOException {
        String[] parts = path.substring(1).split("/", -1);
        if (caller.role() != Machine.Role.CONTROLLER && !MoveRoutes.isForHosts(method, parts)) {
            throw new YadoException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "The call is refused: a certificate of " + caller + " is not accepted for it.");
        }
        if (parts.length < 2 || !parts[0].equals("v1")) {
            throw unknown(path);
        }
        switch (method + " " + parts[1] + " " + (parts.length - 2)) {
            case "GET health 0" -> exchange.answer(Map.of("status", "up"));
            case "GET selftest 0" -> exchange.answer(selfTest);
            case "GET report 0" -> exchange.answer(report.get());
            case "GET vms 0" -> exchange.answer(vms.reports());
            case "GET vms 1" ->
                exchange.answer(vms.report(VmId.of(parts[2])).orElseThrow(() -> unknown("VM " + parts[2])));
            case "PUT vms 1" -> put(VmId.of(parts[2]), exchange);
            case "DELETE vms 1" -> {
                if (exchange.text("moved").isPresent()) {
                    moves.release(VmId.of(parts[2]), exchange);
                } else {
                    exchange.answer(vms.delete(exchange.fence(), VmId.of(parts[2]), exchange.number("generation")));
                }
            }
            case "GET vms 2", "POST vms 2" -> {
                if (moves.route(method, parts, exchange, caller) || backups.route(method, parts, exchange)) {
                    return;
                }
                if (method.equals("GET") && parts[3].equals("why")) {
                    exchange.answer(story.apply(VmId.of(parts[2])).orElseThrow(() -> unknown("VM " + parts[2])));
                } else {
                    serial(method, VmId.of(parts[2]), parts[3], exchange);
                }
            }
            default -> {
                if (!networks.route(method, parts, exchange)
                        && !moves.route(method, parts, exchange, caller)
                        && !backups.route(method, parts, exchange)
                        && !snapshots.route(method, parts, exchange)) {
                    throw unknown(method + " " + path);
                }
            }
        }
    }

    private void put(VmId id, Exchange exchange) throws IOException {
        VmSpec spec = exchange.body(VmSpec.class);
        SpecCheck.check(id, spec);
        exchange.answer(vms.put(exchange.fence(), spec));
    }

    private void serial(String method, VmId id, String what, Exchange exchange) throws IOException {
        GuestConsole console = vms.console(id).orElseThrow(() -> unknown("VM " + id));
        SerialPort port = SerialPort.of((int) Math.clamp(exchange.number("port", 0), -1, Integer.MAX_VALUE))
                .orElseThrow(() -> new YadoException(ErrorCode.INVALID_REQUEST, "port is 0 or 1."));
        switch (method + " " + what) {
            case "GET serial" -> {
                int count = (int) Math.clamp(exchange.number("bytes", SERIAL_DEFAULT), 0, SERIAL_MOST);
                exchange.answer(
                        200, "application/octet-stream", console.output(port).last(count));
            }
            case "GET console" ->
                consoles.follow(
                        console.output(port),
                        () -> vms.console(id).filter(now -> now == console).isPresent(),
                        exchange.begin("application/octet-stream"));
            case "POST console" -> type(console, port, exchange.bytes(), exchange);
            default -> throw unknown(method + " " + what);
        }
    }

    private static void type(GuestConsole console, SerialPort port, byte[] bytes, Exchange exchange)
            throws IOException {
        try {
            console.type(port, bytes);
        } catch (IOException e) {
            throw new YadoException(ErrorCode.CONFLICT, "Nothing can be typed: " + e.getMessage() + ".", e);
        }
        exchange.answer(204, "application/octet-stream", new byte[0]);
    }

    private static YadoException unknown(String what) {
        return new YadoException(ErrorCode.NOT_FOUND, "This host knows no " + what + ".");
    }
}
