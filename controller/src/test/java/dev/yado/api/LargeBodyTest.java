package dev.yado.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.ControllerClient;
import dev.yado.ControllerTest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** A caller that sends a gigabyte of JSON is told early, and most of it is never taken. */
@ControllerTest
class LargeBodyTest {
    private static final long GIGABYTE = 1L << 30;
    private static final Duration SOON = Duration.ofSeconds(10);

    @Autowired
    private ControllerClient administrator;

    @Test
    void anAnnouncedGigabyteIsRefusedBeforeItIsSent() throws Exception {
        try (Connection connection = new Connection()) {
            connection.head("Content-Length: " + GIGABYTE);

            String answer = connection.answer();

            assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\"code\":\"TOO_LARGE\"", "1048576 bytes");
        }
    }

    @Test
    void aGigabyteOfUnknownLengthIsRefusedWhileItIsSent() throws Exception {
        Instant begin = Instant.now();
        try (Connection connection = new Connection()) {
            connection.head("Transfer-Encoding: chunked");
            CompletableFuture<Long> sent = connection.sendChunks(GIGABYTE);

            String answer = connection.answer();

            assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\"code\":\"TOO_LARGE\"", "1048576 bytes");
            assertThat(sent.get(SOON.toSeconds(), TimeUnit.SECONDS)).isLessThan(GIGABYTE / 4);
        }
        assertThat(Duration.between(begin, Instant.now())).isLessThan(SOON);
    }

    @Test
    void aBodyOfExactlyTheLimitIsRead() {
        String padding = " ".repeat((int) RequestBodyFilter.LIMIT - 2);

        var atLimit = administrator.post("/v1/tenants", "{" + padding + "}");
        var aboveLimit = administrator.post("/v1/tenants", "{" + padding + " }");

        assertThat(atLimit.code()).isEqualTo("INVALID_REQUEST");
        assertThat(aboveLimit.code()).isEqualTo("TOO_LARGE");
    }

    @Test
    void aBodyInBrokenChunksIsRefused() throws Exception {
        for (String type : new String[] {"application/json", "application/octet-stream"}) {
            try (Connection connection = new Connection()) {
                connection.head("Transfer-Encoding: chunked\r\nContent-Type: " + type);
                connection.send("not a length\r\n");

                assertThat(connection.answer()).startsWith("HTTP/1.1 4").contains("\"fault\":\"CALLER\"");
            }
        }
    }

    @Test
    void aRefusedCallerMayGoOnWithTheSameConnectionWhenItsBodyWasSmall() throws Exception {
        try (Connection connection = new Connection()) {
            connection.head("Content-Length: 12\r\nContent-Type: text/plain");
            connection.send("not the type");
            assertThat(connection.answer()).startsWith("HTTP/1.1 415 ");
            connection.head("Content-Length: 2");
            connection.send("{}");
            assertThat(connection.answer()).startsWith("HTTP/1.1 400 ");
        }
    }

    private final class Connection implements AutoCloseable {
        private final Socket socket = new Socket("127.0.0.1", administrator.port());

        Connection() throws IOException {
            socket.setSoTimeout((int) SOON.toMillis());
        }

        void head(String headers) throws IOException {
            String type = headers.contains("Content-Type") ? "" : "Content-Type: application/json\r\n";
            send("POST /v1/tenants HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + administrator.token()
                    + "\r\n" + type + headers + "\r\n\r\n");
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        }

        /** How many bytes of the string that never ends were sent before the controller stopped taking them. */
        CompletableFuture<Long> sendChunks(long total) {
            byte[] piece = new byte[1 << 20];
            Arrays.fill(piece, (byte) 'x');
            return CompletableFuture.supplyAsync(() -> {
                AtomicLong sent = new AtomicLong();
                try {
                    OutputStream out = socket.getOutputStream();
                    send("a\r\n{\"name\": \"\r\n");
                    while (sent.get() < total) {
                        send(Integer.toHexString(piece.length) + "\r\n");
                        out.write(piece);
                        send("\r\n");
                        sent.addAndGet(piece.length);
                    }
                } catch (IOException refused) {
                    return sent.get();
                }
                return sent.get();
            });
        }

        /** Everything until the controller closes or pauses. */
        String answer() throws IOException {
            StringBuilder text = new StringBuilder();
            byte[] buffer = new byte[8192];
            while (!text.toString().endsWith("}") && !text.toString().endsWith("\r\n0\r\n\r\n")) {
                int read = socket.getInputStream().read(buffer);
                if (read < 0) {
                    break;
                }
                text.append(new String(buffer, 0, read, StandardCharsets.US_ASCII));
            }
            return text.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
