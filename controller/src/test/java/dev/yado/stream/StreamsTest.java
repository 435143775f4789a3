package dev.yado.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import dev.yado.trust.TestingMachines;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ControllerTest
class StreamsTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Autowired
    private ControllerClient administrator;

    @Autowired
    private TestingMachines machines;

    @Autowired
    private JdbcClient jdbc;

    private TestingHost host;
    private final UUID hostId = UUID.randomUUID();
    private final UUID vm = UUID.randomUUID();
    private ControllerClient owner;

    @BeforeEach
    void placeAVm() throws IOException {
        host = new TestingHost(machines.host(hostId, "host-" + hostId));
        String tenant = newTenant();
        owner = clientOf(tenant);
        jdbc.sql("""
                INSERT INTO host (id, name, url, boot_id, incarnation, sequence, cpus, memory_mib, disk_mib, disk_free_mib,
                    architecture, accelerator, self_test, qemu_version, agent_version, last_report_at, lease_until)
                VALUES (:id, :name, :url, 'b', 1, 1, 1, 1, 1, 1, 'X86_64', 'TCG', '{}', '', '', now(), now() + interval '1 hour')
                """)
                .param("id", hostId)
                .param("name", "host-" + hostId)
                .param("url", host.url())
                .update();
        jdbc.sql("""
                INSERT INTO vm (id, tenant_id, name, desired_state, generation, run_epoch, vcpus, memory_mib, accelerator_choice,
                    observed_state)
                VALUES (:vm, :tenant::uuid, 'streaming', 'RUNNING', 1, 1, 1, 64, 'AUTO', 'RUNNING')
                """).param("vm", vm).param("tenant", tenant).update();
        jdbc.sql("INSERT INTO allocation (vm_id, host_id, vcpus, memory_mib, disk_mib) VALUES (:vm, :host, 1, 64, 0)")
                .param("vm", vm)
                .param("host", hostId)
                .update();
    }

    @AfterEach
    void removeIt() {
        jdbc.sql("DELETE FROM allocation WHERE vm_id = :vm").param("vm", vm).update();
        jdbc.sql("DELETE FROM vm WHERE id = :vm").param("vm", vm).update();
        jdbc.sql("DELETE FROM host WHERE id = :host").param("host", hostId).update();
        host.close();
    }

    @Test
    void theLastWordsOfAGuestAreReadThroughTheApi() {
        var answer = owner.get("/v1/vms/" + vm + "/serial?port=1&bytes=100");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("text/plain;charset=UTF-8");
        assertThat(new String(answer.response().body(), StandardCharsets.UTF_8)).isEqualTo("last words \u00e9");
        assertThat(host.lastQuery).isEqualTo("port=1&bytes=100");
        assertThat(owner.get("/v1/vms/" + vm + "/serial?port=2").detail()).contains("port");
    }

    @Test
    void aVmWithoutHostHasSaidNothing() {
        jdbc.sql("DELETE FROM allocation WHERE vm_id = :vm").param("vm", vm).update();

        var answer = owner.get("/v1/vms/" + vm + "/serial");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.response().body()).isEmpty();
    }

    @Test
    void aHostThatDoesNotAnswerIsNamedAsTheFault() {
        host.close();

        var answer = owner.get("/v1/vms/" + vm + "/serial");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.code()).isEqualTo("HOST_UNREACHABLE");
        assertThat(answer.toString()).doesNotContain("127.0.0.1");
    }

    @Test
    void anotherTenantsStreamsAreNotThere() {
        ControllerClient other = clientOf(newTenant());

        assertThat(other.get("/v1/vms/" + vm + "/serial").status()).isEqualTo(404);
        assertThat(refusedHandshake(other.token())).isEqualTo(404);
    }

    @Test
    void theConsoleTakesItsTokenFromTheHeaderOnly() {
        assertThat(refusedHandshake("")).isEqualTo(401);
        assertThatThrownBy(() -> HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(consoleUri("?access_token=" + owner.token()), new Console())
                        .join())
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refusal ->
                                assertThat(refusal.getResponse().statusCode()).isEqualTo(401));
    }

    @Test
    void aPlainCallToTheConsoleIsToldToUseAWebSocket() {
        var answer = owner.get("/v1/vms/" + vm + "/console");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.detail()).contains("WebSocket");
    }

    @Test
    void allBytesOfTheGuestArriveUnchanged() throws Exception {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        Console console = open();

        host.says(bytes);

        await("all bytes").atMost(SOON).until(() -> console.size() == bytes.length);
        assertThat(console.bytes()).isEqualTo(bytes);
    }

    @Test
    void whatIsTypedArrivesInOrder() throws Exception {
        Console console = open();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            String line = "line " + i + " \u00e9\n";
            all.append(line);
            console.type(line, i % 2 == 0);
        }

        byte[] expected = all.toString().getBytes(StandardCharsets.UTF_8);
        await("all that was typed").atMost(SOON).until(() -> host.typed().length == expected.length);
        assertThat(host.typed()).isEqualTo(expected);
    }

    @Test
    void theConsoleOfAVmWithoutHostSaysSo() throws Exception {
        jdbc.sql("DELETE FROM allocation WHERE vm_id = :vm").param("vm", vm).update();

        assertThat(open().ended()).isEqualTo("1013 CONFLICT: the VM has no host yet");
    }

    @Test
    void theConsoleOfAnUnreachableHostSaysSo() throws Exception {
        host.close();

        assertThat(open().ended()).isEqualTo("1013 HOST_UNREACHABLE: the VM's host does not answer");
    }

    @Test
    void theConsoleEndsWithTheGuestAfterItsLastWords() throws Exception {
        Console console = open();
        host.says("power down".getBytes(StandardCharsets.US_ASCII));

        jdbc.sql(
                        "UPDATE vm SET observed_state = 'STOPPED', cause_detail = 'the guest powered itself off' WHERE id = :vm")
                .param("vm", vm)
                .update();

        assertThat(console.ended()).isEqualTo("1000 the VM is STOPPED: the guest powered itself off");
        assertThat(new String(console.bytes(), StandardCharsets.US_ASCII)).isEqualTo("power down");
    }

    @Test
    void theConsoleEndsWhenTheHostFallsSilent() throws Exception {
        Console console = open();

        jdbc.sql("UPDATE host SET lease_until = now() - interval '1 second' WHERE id = :id")
                .param("id", hostId)
                .update();

        assertThat(console.ended()).isEqualTo("1013 HOST_UNREACHABLE: the host has not reported in time");
    }

    @Test
    void theConsoleAsksToConnectAgainWhenTheDaemonEndsIt() throws Exception {
        Console console = open();

        host.endsTheStream();

        assertThat(console.ended()).startsWith("1012 HOST_UNREACHABLE: ");
    }

    @Test
    void theHostIsLetGoWhenTheCallerLeaves() throws Exception {
        Console console = open();
        host.says("x".getBytes(StandardCharsets.US_ASCII));
        await("the first byte").atMost(SOON).until(() -> console.size() == 1);

        console.leave();

        await("the host's stream is cut").atMost(SOON).until(() -> {
            host.says("more".getBytes(StandardCharsets.US_ASCII));
            return host.cut.getCount() == 0;
        });
    }

    @Test
    void aCallerThatTakesNothingIsCutAndLittleIsBufferedForIt() throws Exception {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", administrator.port()));
            socket.getOutputStream()
                    .write(("GET /v1/vms/" + vm + "/console HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                                    + owner.token()
                                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] piece = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
                host.says(piece);
            }

            assertThat(host.cut.await(ConsoleRelay.SLOWEST_SEND.plus(SOON).toSeconds(), TimeUnit.SECONDS))
                    .as("the stream of the host is cut")
                    .isTrue();
            assertThat(host.flooded.get()).isLessThan(30L << 20);
        }
    }

    private Console open() {
        Console console = new Console();
        console.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + owner.token())
                .buildAsync(consoleUri(""), console)
                .orTimeout(SOON.toSeconds(), TimeUnit.SECONDS)
                .join();
        return console;
    }

    private int refusedHandshake(String token) {
        var builder = HttpClient.newHttpClient().newWebSocketBuilder();
        if (!token.isEmpty()) {
            builder.header("Authorization", "Bearer " + token);
        }
        try {
            builder.buildAsync(consoleUri(""), new Console())
                    .orTimeout(SOON.toSeconds(), TimeUnit.SECONDS)
                    .join();
            return 101;
        } catch (CompletionException refused) {
            return refused.getCause() instanceof WebSocketHandshakeException handshake
                    ? handshake.getResponse().statusCode()
                    : -1;
        }
    }

    private URI consoleUri(String query) {
        return URI.create("ws://127.0.0.1:" + administrator.port() + "/v1/vms/" + vm + "/console" + query);
    }

    private String newTenant() {
        return administrator
                .post("/v1/tenants", "{\"name\":\"streams-" + UUID.randomUUID() + "\"}")
                .text("id");
    }

    private ControllerClient clientOf(String tenant) {
        return administrator.withToken(administrator
                .post("/v1/tenants/" + tenant + "/tokens", "{\"name\":\"test\"}")
                .text("token"));
    }

    private static final class Console implements WebSocket.Listener {
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final CompletableFuture<String> end = new CompletableFuture<>();
        private @Nullable WebSocket socket;

        private WebSocket connected() {
            return java.util.Objects.requireNonNull(socket, "connected");
        }

        void type(String text, boolean binary) {
            CompletableFuture<WebSocket> sent = binary
                    ? connected().sendBinary(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), true)
                    : connected().sendText(text, true);
            sent.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
        }

        void leave() {
            connected()
                    .sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(SOON.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }

        String ended() throws Exception {
            return end.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }

        synchronized int size() {
            return heard.size();
        }

        synchronized byte[] bytes() {
            return heard.toByteArray();
        }

        @Override
        public synchronized @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            heard.writeBytes(bytes);
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            end.complete(code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable failure) {
            end.completeExceptionally(failure);
        }
    }
}
