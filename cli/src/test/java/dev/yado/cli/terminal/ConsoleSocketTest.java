package dev.yado.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.yado.cli.wire.CannedHttp;
import dev.yado.cli.wire.Endpoint;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsoleSocketTest {
    /** One WebSocket connection by hand: frames of less than 126 bytes. */
    private interface Peer {
        void talk(InputStream from, OutputStream to) throws Exception;
    }

    @Test
    void carriesBytesBothWaysUntilTheOtherSideCloses() throws Exception {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> headers = serve(server, (from, to) -> {
                frame(to, 2, new byte[] {'h', 'i', ' ', (byte) 0xff});
                byte[] typed = readFrame(from);
                frame(to, 1, ("<" + new String(typed, StandardCharsets.UTF_8) + ">").getBytes(StandardCharsets.UTF_8));
                frame(to, 8, new byte[] {3, (byte) 0xe8, 'e', 'n', 'd'});
                readFrame(from);
            });
            String how = ConsoleSocket.open(endpoint(server), "/v1/vms/1/console?port=0", shown)
                    .copy(new ByteArrayInputStream("ls\n".getBytes(StandardCharsets.UTF_8)), false, Optional.empty());
            assertThat(how).isEqualTo("The console was closed: end");
            assertThat(headers.get(5, TimeUnit.SECONDS))
                    .contains("GET /v1/vms/1/console?port=0 ")
                    .containsIgnoringCase("authorization: Bearer secret")
                    .containsIgnoringCase("x-yado-tenant: acme");
        }
        assertThat(shown.toByteArray()).isEqualTo(new byte[] {'h', 'i', ' ', (byte) 0xff, '<', 'l', 's', '\n', '>'});
    }

    @Test
    void leavesWhenTheTimeIsOver() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> _ = serve(server, (from, to) -> readFrame(from));
            String how = ConsoleSocket.open(endpoint(server), "/c", OutputStream.nullOutputStream())
                    .copy(InputStream.nullInputStream(), false, Optional.of(Duration.ofMillis(100)));
            assertThat(how).isEqualTo("The time is over.");
        }
    }

    @Test
    void leavesWithTheKeyThatLeaves() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> _ = serve(server, (from, to) -> {
                readFrame(from);
                readFrame(from);
            });
            InputStream keys = RawTerminal.untilEscape(new ByteArrayInputStream(new byte[] {'q', 0x1d}));
            String how = ConsoleSocket.open(endpoint(server), "/c", OutputStream.nullOutputStream())
                    .copy(keys, true, Optional.empty());
            assertThat(how).isEqualTo("Left; the VM goes on.");
        }
    }

    @Test
    void tellsThatTheConnectionBroke() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> _ = serve(server, (from, to) -> {});
            ConsoleSocket socket = ConsoleSocket.open(endpoint(server), "/c", OutputStream.nullOutputStream());
            Failure failure = catchThrowableOfType(
                    Failure.class, () -> socket.copy(InputStream.nullInputStream(), false, Optional.empty()));
            assertThat(failure.code()).isEqualTo("CONSOLE_LOST");
        }
    }

    @ParameterizedTest
    @CsvSource({"401, UNAUTHORIZED", "404, NOT_FOUND", "409, REFUSED", "503, UNREACHABLE"})
    void tellsWhyItWasRefused(int status, ExitCode exit) throws Exception {
        try (CannedHttp http = new CannedHttp().answer(status, "{}")) {
            Endpoint endpoint = new Endpoint(http.url(), "secret", Optional.empty());
            Failure failure = catchThrowableOfType(
                    Failure.class, () -> ConsoleSocket.open(endpoint, "/c", OutputStream.nullOutputStream()));
            assertThat(failure.exit()).isEqualTo(exit);
        }
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        Endpoint endpoint;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            endpoint = endpoint(server);
        }
        Failure failure = catchThrowableOfType(
                Failure.class, () -> ConsoleSocket.open(endpoint, "/c", OutputStream.nullOutputStream()));
        assertThat(failure.exit()).isEqualTo(ExitCode.UNREACHABLE);
    }

    private static Endpoint endpoint(ServerSocket server) {
        return new Endpoint(URI.create("http://127.0.0.1:" + server.getLocalPort()), "secret", Optional.of("acme"));
    }

    private static CompletableFuture<String> serve(ServerSocket server, Peer peer) {
        CompletableFuture<String> headers = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try (Socket socket = server.accept()) {
                InputStream from = socket.getInputStream();
                BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.US_ASCII));
                StringBuilder head = new StringBuilder();
                String key = "";
                for (String line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
                    head.append(line).append('\n');
                    key = line.startsWith("Sec-WebSocket-Key: ") ? line.substring(19) : key;
                }
                byte[] accept = MessageDigest.getInstance("SHA-1")
                        .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
                String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(accept) + "\r\n\r\n";
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                headers.complete(head.toString());
                peer.talk(from, socket.getOutputStream());
            } catch (Exception failure) {
                headers.completeExceptionally(failure);
            }
        });
        return headers;
    }

    private static void frame(OutputStream to, int opcode, byte[] payload) throws IOException {
        to.write(0x80 | opcode);
        to.write(payload.length);
        to.write(payload);
        to.flush();
    }

    private static byte[] readFrame(InputStream from) throws IOException {
        byte[] head = from.readNBytes(6);
        byte[] payload = from.readNBytes(head[1] & 0x7f);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= head[2 + i % 4];
        }
        return payload;
    }
}
