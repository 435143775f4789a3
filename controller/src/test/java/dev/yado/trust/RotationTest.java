package dev.yado.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsServer;
import dev.yado.ControllerTest;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.IdentityFile;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.Machine.Role;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.protocol.trust.Renewal;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.HttpsURLConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Both sides with certificates that live for six seconds, as the test's controller issues them, while calls go on both ways. The
 * host is what the daemon is made of: its server, its client, its renewal.
 */
@ControllerTest
class RotationTest {
    private static final int CERTIFICATES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Autowired
    private TestingMachines testing;

    @Autowired
    private MachineHttp http;

    @Autowired
    private ControllerIdentity controller;

    @TempDir
    private Path state;

    @Test
    void failsNoCallWhileBothSidesReplaceTheirCertificates() throws Exception {
        Machine host = new Machine(Role.HOST, UUID.randomUUID());
        MachineTls tls = testing.registered(host, "rotates-" + host.id());
        tls.replace(dev.yado.protocol.trust.Joining.renew(testing.controller(""), tls));
        IdentityFile file = IdentityFile.in(state);
        file.write(tls.identity());
        Set<X509Certificate> ofHost = ConcurrentHashMap.newKeySet();
        Set<X509Certificate> ofController = ConcurrentHashMap.newKeySet();
        AtomicInteger calls = new AtomicInteger();
        AtomicBoolean enough = new AtomicBoolean();
        HttpsServer server = server(tls);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
                Renewal _ = Renewal.start(file, tls, List.of(testing.controller("")), new Silent())) {
            Future<?> down = callers.submit(() -> {
                while (!enough.get()) {
                    assertThat(command(host, server).status()).isEqualTo(200);
                    ofController.add(controller.tls().identity().certificate());
                    calls.incrementAndGet();
                }
                return null;
            });
            Future<?> up = callers.submit(() -> {
                while (!enough.get()) {
                    assertThat(report(tls)).isEqualTo(404);
                    ofHost.add(tls.identity().certificate());
                    calls.incrementAndGet();
                }
                return null;
            });
            await("new certificates on both sides")
                    .atMost(PATIENCE)
                    .until(() -> down.isDone()
                            || up.isDone()
                            || ofHost.size() >= CERTIFICATES && ofController.size() >= CERTIFICATES);
            enough.set(true);
            down.get(10, TimeUnit.SECONDS);
            up.get(10, TimeUnit.SECONDS);
        } finally {
            server.stop(0);
        }
        assertThat(ofHost).hasSizeGreaterThanOrEqualTo(CERTIFICATES);
        assertThat(ofController).hasSizeGreaterThanOrEqualTo(CERTIFICATES);
        assertThat(file.read().map(Identity::certificate))
                .hasValue(tls.identity().certificate());
        assertThat(calls.get()).isGreaterThan(100);
    }

    @Test
    void sendsNothingToAnotherMachineThatAnswersAtTheHostsAddress() throws Exception {
        Machine host = new Machine(Role.HOST, UUID.randomUUID());
        Machine thief = new Machine(Role.HOST, UUID.randomUUID());
        AtomicInteger heard = new AtomicInteger();
        HttpsServer server = server(testing.host(thief.id(), "thief"));
        server.createContext("/v1/vms", exchange -> {
            heard.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        try {
            assertThatThrownBy(() -> command(host, server)).hasMessageContaining("another machine answers there");
            // Nor over a connection that was opened for the one that really is there.
            assertThat(command(thief, server).status()).isEqualTo(200);
            assertThatThrownBy(() -> command(host, server)).hasMessageContaining("another machine answers there");
            assertThat(heard.get()).isZero();
        } finally {
            server.stop(0);
        }
    }

    private MachineHttp.Answer command(Machine host, HttpsServer server) throws IOException {
        return http.send(
                new MachineHttp.Target(host, URI.create(TestingMachines.url(server))),
                new MachineHttp.Call("GET", "/v1/health", Map.of(), null),
                Duration.ofSeconds(10),
                1 << 10);
    }

    /** As the daemon's own client does. */
    private int report(MachineTls tls) throws IOException {
        HttpsURLConnection connection =
                (HttpsURLConnection) testing.controller("/internal/v1/images/" + UUID.randomUUID() + "/content")
                        .toURL()
                        .openConnection();
        connection.setSSLSocketFactory(tls.sockets());
        connection.setHostnameVerifier((_, _) -> true);
        connection.setReadTimeout(10_000);
        int status = connection.getResponseCode();
        try (InputStream rest =
                status == HttpURLConnection.HTTP_OK ? connection.getInputStream() : connection.getErrorStream()) {
            rest.readAllBytes();
        }
        return status;
    }

    private static HttpsServer server(MachineTls tls) throws IOException {
        HttpsServer server = TestingMachines.server(tls);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v1/health", exchange -> {
            byte[] up = {'u', 'p'};
            exchange.sendResponseHeaders(200, up.length);
            exchange.getResponseBody().write(up);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static final class Silent implements Renewal.Listener {
        @Override
        public void replaced(Identity identity) {}

        @Override
        public void failed(Identity still, String why) {
            throw new AssertionError("the renewal failed: " + why);
        }
    }
}
