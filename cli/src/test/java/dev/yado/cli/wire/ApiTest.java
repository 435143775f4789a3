package dev.yado.cli.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiTest {
    @Test
    void speaksWithTokenAndTenantAndReadsTheAnswer() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(202, "{\"id\":\"op\"}")) {
            Api api = new Api(new Endpoint(http.url(), "secret", Optional.of("acme")));
            Answer answer = api.post("/v1/vms", new Json.Document().with("name", "web"));
            assertThat(answer.document().text("id")).isEqualTo("op");
            CannedHttp.Request request = http.requests().getFirst();
            assertThat(request.method()).isEqualTo("POST");
            assertThat(request.authorization()).isEqualTo("Bearer secret");
            assertThat(request.tenant()).contains("acme");
            assertThat(request.text()).isEqualTo("{\"name\":\"web\"}");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, REFUSED", "401, UNAUTHORIZED", "403, UNAUTHORIZED", "404, NOT_FOUND", "409, REFUSED", "413, REFUSED",
        "422, REFUSED", "429, REFUSED", "500, FAILED", "503, UNREACHABLE", "504, FAILED", "507, REFUSED"
    })
    void tellsAProblemWithItsCodeAndExitStatus(int status, ExitCode exit) throws Exception {
        String problem = "{\"code\":\"SOME_CODE\",\"detail\":\"a sentence\",\"whatToDo\":\"that\",\"extra\":1}";
        try (CannedHttp http = new CannedHttp().answer(status, problem)) {
            Failure failure =
                    catchThrowableOfType(Failure.class, () -> http.api().post("/v1/vms"));
            assertThat(failure.exit()).isEqualTo(exit);
            assertThat(failure.code()).isEqualTo("SOME_CODE");
            assertThat(failure.detail()).isEqualTo("a sentence");
            assertThat(failure.whatToDo()).isEqualTo("that");
            assertThat(failure.problem().line()).isEqualTo(problem);
        }
    }

    @Test
    void namesAnAnswerThatIsNotYados() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(404, "<html>nginx</html>")) {
            assertThatThrownBy(() -> http.api().get("/v1/vms")).hasMessageContaining("is not one of Yado's");
        }
        try (CannedHttp http = new CannedHttp().answer(200, "<html>welcome</html>")) {
            assertThatThrownBy(() -> http.api().get("/v1/vms").document()).hasMessageContaining("not the JSON");
        }
    }

    @Test
    void carriesTheTokenNowhereElse() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(302, "")) {
            Failure failure =
                    catchThrowableOfType(Failure.class, () -> http.api().get("/v1/vms"));
            assertThat(failure.code()).isEqualTo("HTTP_302");
            assertThat(failure).hasMessageNotContaining("secret");
        }
    }

    @Test
    void joinsThePagesOfAList() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"items\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"nextCursor\":\"a b\"}")
                .answer(200, "{\"items\":[{\"id\":\"3\"}]}")) {
            assertThat(http.api().all("/v1/vms?name=x"))
                    .extracting(item -> item.text("id"))
                    .containsExactly("1", "2", "3");
            assertThat(http.requests())
                    .extracting(CannedHttp.Request::path)
                    .containsExactly("/v1/vms?name=x&limit=1000", "/v1/vms?name=x&limit=1000&cursor=a+b");
        }
    }

    @Test
    void uploadsAFileByteForByte(@TempDir Path directory) throws Exception {
        byte[] content = new byte[300_000];
        new java.util.Random(7).nextBytes(content);
        Path file = Files.write(directory.resolve("disk.raw"), content);
        List<Long> sent = new ArrayList<>();
        try (CannedHttp http = new CannedHttp().answer(200, "{\"state\":\"READY\"}")) {
            http.api().upload("/v1/images/1/content", file, sent::add);
            assertThat(http.requests().getFirst().body()).isEqualTo(content);
            assertThat(sent).isSorted().last().isEqualTo(300_000L);
        }
    }

    @Test
    void tellsWhyAnUploadWasRefusedBeforeItsEnd(@TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("disk.raw"), new byte[64 << 20]);
        String body = "{\"code\":\"TOO_LARGE\",\"detail\":\"at most 1 MiB\"}";
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread refuser = Thread.ofVirtual().start(() -> refuseEarly(server, body));
            Api api = new Api(
                    new Endpoint(URI.create("http://127.0.0.1:" + server.getLocalPort()), "secret", Optional.empty()));
            Failure failure =
                    catchThrowableOfType(Failure.class, () -> api.upload("/v1/images/1/content", file, bytes -> {}));
            assertThat(failure.code()).isEqualTo("TOO_LARGE");
            assertThat(failure.exit()).isEqualTo(ExitCode.REFUSED);
            refuser.join();
        }
    }

    @Test
    void saysThatNobodyListens() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Api api = new Api(new Endpoint(URI.create("http://127.0.0.1:" + port), "secret", Optional.empty()));
        Failure failure = catchThrowableOfType(Failure.class, () -> api.post("/v1/vms"));
        assertThat(failure.exit()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(failure.whatToDo()).startsWith("Start it");
    }

    @Test
    void warnsThatALostCallMayHaveBeenCarriedOut() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread loser = Thread.ofVirtual().start(() -> {
                // Closed with the first connection: who comes again is refused at once.
                try (server;
                        Socket socket = server.accept()) {
                    socket.getInputStream().read();
                } catch (IOException gone) {
                    // The test tells.
                }
            });
            Api api = new Api(
                    new Endpoint(URI.create("http://127.0.0.1:" + server.getLocalPort()), "secret", Optional.empty()));
            Failure failure = catchThrowableOfType(Failure.class, () -> api.post("/v1/vms"));
            assertThat(failure.exit()).isEqualTo(ExitCode.UNREACHABLE);
            assertThat(failure.whatToDo()).contains("may have been carried out");
            loser.join();
        }
    }

    @Test
    void sendsAChangeAgainUnderTheSameKeyUntilItIsAnswered() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(503, "{\"code\":\"UNAVAILABLE\",\"detail\":\"soon\"}")
                .answer(202, "{\"id\":\"op\"}")) {
            assertThat(http.api().post("/v1/vms").document().text("id")).isEqualTo("op");
            http.api().post("/v1/vms");
            List<String> keys = http.requests().stream()
                    .map(request -> String.valueOf(request.headers().get("Idempotency-key")))
                    .toList();
            assertThat(keys).hasSize(3).doesNotContain("null");
            assertThat(keys.get(1)).isEqualTo(keys.get(0));
            assertThat(keys.get(2)).isNotEqualTo(keys.get(0));
        }
    }

    @Test
    void sendsAChangeAgainWhoseAnswerGotLost() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());
            Thread flaky = Thread.ofVirtual().start(() -> {
                seen.add(serveOnce(server, ""));
                seen.add(serveOnce(server, "HTTP/1.1 202 Accepted\r\nContent-Length: 11\r\n\r\n{\"id\":\"op\"}"));
            });
            Api api = new Api(
                    new Endpoint(URI.create("http://127.0.0.1:" + server.getLocalPort()), "secret", Optional.empty()));
            assertThat(api.delete("/v1/vms/1").document().text("id")).isEqualTo("op");
            flaky.join();
            assertThat(seen).hasSize(2).doesNotContain("");
            assertThat(seen.get(1)).isEqualTo(seen.get(0));
        }
    }

    /** Reads a request, answers so, closes. Returns the request's key. */
    private static String serveOnce(ServerSocket server, String answer) {
        try (Socket socket = server.accept()) {
            byte[] buffer = new byte[1 << 14];
            int read = socket.getInputStream().read(buffer);
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            return new String(buffer, 0, Math.max(0, read), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("Idempotency-Key:"))
                    .findFirst()
                    .orElse("");
        } catch (IOException gone) {
            return "";
        }
    }

    /** Answers after the headers, reads on for a while as a polite server does, then closes. */
    private static void refuseEarly(ServerSocket server, String body) {
        try (Socket socket = server.accept()) {
            byte[] buffer = new byte[1 << 16];
            int read = socket.getInputStream().read(buffer);
            String answer = "HTTP/1.1 413 Too Large\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
                    + "Content-Length: " + body.length() + "\r\n\r\n" + body;
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            for (int i = 0; i < 100 && read >= 0; i++) {
                read = socket.getInputStream().read(buffer);
            }
        } catch (IOException gone) {
            // The test tells.
        }
    }
}
