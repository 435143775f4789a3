package dev.yado.trust;

import com.sun.net.httpserver.HttpsServer;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.MachineTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Machines that the controller under test trusts, without the way of joining. */
@Component
public final class TestingMachines {
    private static final Duration DAY = Duration.ofDays(1);
    private final CertificateAuthority ca;
    private final InternalConnector connector;
    private final JdbcTemplate jdbc;

    TestingMachines(CertificateAuthority ca, InternalConnector connector, JdbcTemplate jdbc) {
        this.ca = ca;
        this.connector = connector;
        this.jdbc = jdbc;
    }

    /** As if it had joined a day ago; only what is registered can be revoked and renewed. */
    MachineTls registered(Machine machine, String name) {
        Identity identity = ca.identity(machine, name, DAY);
        jdbc.update(
                "INSERT INTO machine (id, role, name) VALUES (?, ?, ?)",
                machine.id(),
                machine.role().name(),
                name);
        jdbc.update(
                "INSERT INTO machine_certificate (serial, machine_id, not_before, not_after) VALUES (?, ?, now(), ?)",
                Certificates.serial(identity.certificate()),
                machine.id(),
                Timestamp.from(identity.expiresAt()));
        return new MachineTls(identity);
    }

    public MachineTls host(UUID id, String name) {
        return new MachineTls(ca.identity(new Machine(Machine.Role.HOST, id), name, DAY));
    }

    /** Where the controller answers machines. */
    public URI controller(String path) {
        return URI.create("https://127.0.0.1:" + connector.port() + path);
    }

    public static HttpClient client(SSLContext tls) {
        return HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
    }

    /** Listens as a daemon listens: for controllers alone. */
    public static HttpsServer server(MachineTls tls) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(tls.httpServer());
        return server;
    }

    public static String url(HttpsServer server) {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }
}
