package dev.yado.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.api.Settings;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Imports from servers on this machine: 127.0.0.2 is opened to tenants by the test's settings, 127.0.0.1 is not. */
@ControllerTest
class ImageImportTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final byte[] CONTENT = new byte[100_000];

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private Settings settings;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger attempts = new AtomicInteger();
    private final CountDownLatch removed = new CountDownLatch(1);
    private HttpServer server;
    private ControllerClient tenant;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress("0.0.0.0", 0), 0);
        server.setExecutor(threads);
        server.createContext("/image", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT);
            exchange.close();
        });
        server.createContext("/cut-once", exchange -> {
            boolean first = attempts.incrementAndGet() == 1;
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT, 0, first ? 10_000 : CONTENT.length);
            exchange.getResponseBody().flush();
            exchange.close();
        });
        server.createContext("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                while (true) {
                    out.write(new byte[1 << 20]);
                }
            }
        });
        server.createContext("/until-removed", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                while (!removed.await(50, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                    out.write(new byte[1000]);
                    out.flush();
                }
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
        String id = administrator
                .post("/v1/tenants", "{\"name\":\"imports-" + UUID.randomUUID() + "\"}")
                .text("id");
        tenant = administrator.withToken(administrator
                .post("/v1/tenants/" + id + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    @AfterEach
    void close() {
        removed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void anImageIsFetchedAndTheOperationSaysSo() {
        Answer made = create(tenant, "127.0.0.2", "/image", "");
        assertThat(made.text("state")).isEqualTo("IMPORTING");

        Answer operation = ended(tenant, made);

        assertThat(operation.text("status")).as(operation.toString()).isEqualTo("SUCCEEDED");
        assertThat(operation.text("kind")).isEqualTo("ImportImage");
        Answer image = tenant.get("/v1/images/" + made.text("id"));
        assertThat(image.text("state")).isEqualTo("READY");
        assertThat(image.json().path("bytes").asInt()).isEqualTo(CONTENT.length);
    }

    @Test
    void aTenantDoesNotReachThisMachineAndTheAdministratorDoes() {
        Answer refused = create(tenant, "127.0.0.1", "/image", "");
        Answer allowed = create(administrator, "127.0.0.1", "/image", "");

        assertThat(ended(tenant, refused).json().path("error").path("code").asString())
                .isEqualTo("IMAGE_SOURCE_REFUSED");
        Answer image = tenant.get("/v1/images/" + refused.text("id"));
        assertThat(image.text("state")).isEqualTo("FAILED");
        assertThat(image.text("stateReason"))
                .startsWith("IMAGE_SOURCE_REFUSED: 127.0.0.1 is not in the public internet");
        assertThat(ended(administrator, allowed).text("status")).isEqualTo("SUCCEEDED");
    }

    @Test
    void whatIsNotWhatItSaysFails() {
        Answer otherFormat = create(tenant, "127.0.0.2", "/image", ",\"format\":\"qcow2\"");
        Answer otherDigest = create(tenant, "127.0.0.2", "/image", ",\"sha256\":\"" + "0".repeat(64) + "\"");

        assertThat(ended(tenant, otherFormat).json().path("error").path("code").asString())
                .isEqualTo("IMAGE_INVALID");
        assertThat(ended(tenant, otherDigest).json().path("error").path("code").asString())
                .isEqualTo("IMAGE_DIGEST_MISMATCH");
        assertThat(tenant.get("/v1/images/" + otherDigest.text("id")).text("state"))
                .isEqualTo("FAILED");
    }

    @Test
    void aSourceWithoutEndStopsAtTheLimit() {
        Answer made = create(tenant, "127.0.0.2", "/endless", "");

        Answer operation = ended(tenant, made);

        assertThat(operation.json().path("error").path("code").asString()).isEqualTo("TOO_LARGE");
        assertThat(incoming(made.text("id"))).isZero();
    }

    @Test
    void aTransferThatBreaksOffBeginsAnew() {
        Answer made = create(tenant, "127.0.0.2", "/cut-once", "");

        Answer operation = ended(tenant, made);

        assertThat(operation.text("status")).as(operation.toString()).isEqualTo("SUCCEEDED");
        assertThat(attempts).hasValue(2);
    }

    @Test
    void anImageThatIsRemovedDuringItsImportEndsTheTransfer() {
        Answer made = create(tenant, "127.0.0.2", "/until-removed", "");
        await("the transfer has begun").atMost(SOON).until(() -> incoming(made.text("id")) == 1);

        assertThat(tenant.delete("/v1/images/" + made.text("id")).status()).isEqualTo(204);

        assertThat(ended(tenant, made).text("status")).isEqualTo("CANCELLED");
        assertThat(incoming(made.text("id"))).isZero();
    }

    private Answer create(ControllerClient caller, String host, String path, String more) {
        String format = more.contains("format") ? "" : ",\"format\":\"raw\"";
        Answer made = caller.post(
                "/v1/images",
                "{\"name\":\"import-" + UUID.randomUUID() + "\"" + format + more + ",\"sourceUrl\":\"http://" + host
                        + ":" + server.getAddress().getPort() + path + "\"}");
        assertThat(made.status()).as(made.toString()).isEqualTo(201);
        return made;
    }

    private static Answer ended(ControllerClient caller, Answer image) {
        Answer operation =
                caller.get("/v1/operations/" + image.text("operationId") + "?waitSeconds=" + SOON.toSeconds());
        assertThat(operation.text("endedAt")).as(operation.toString()).isNotEmpty();
        return operation;
    }

    private long incoming(String id) {
        try (Stream<Path> files = Files.list(settings.state().resolve("images/incoming"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(id))
                    .count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
