package dev.yado.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.reach.Cidr;
import dev.yado.reach.Reach;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSourceTest {
    private static final byte[] CONTENT = "content".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private final AtomicInteger calls = new AtomicInteger();
    private HttpServer server;
    private final ImageSource internet = new ImageSource(new Reach.PublicInternet(List.of()));
    private final ImageSource opened = new ImageSource(new Reach.PublicInternet(List.of(Cidr.parse("127.0.0.1/32"))));

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            calls.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            if (path.startsWith("/to/")) {
                exchange.getResponseHeaders()
                        .set("Location", exchange.getRequestURI().getQuery());
                exchange.sendResponseHeaders(302, -1);
            } else if (path.startsWith("/hops/")) {
                int left = Integer.parseInt(path.substring("/hops/".length()));
                exchange.getResponseHeaders().set("Location", left == 1 ? "/image" : "/hops/" + (left - 1));
                exchange.sendResponseHeaders(307, -1);
            } else if (path.equals("/image")) {
                exchange.sendResponseHeaders(200, CONTENT.length);
                exchange.getResponseBody().write(CONTENT);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() throws IOException {
        server.stop(0);
        internet.close();
        opened.close();
    }

    @Test
    void whatIsThereIsRead() throws Exception {
        try (ImageSource.Opened image = opened.open(url("/image"))) {
            assertThat(image.length()).isEqualTo(CONTENT.length);
            assertThat(image.bytes().readAllBytes()).isEqualTo(CONTENT);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "0.0.0.0", "2130706433", "[::1]", "[::ffff:127.0.0.1]"})
    void noSpellingOfThisMachineIsReached(String host) {
        SourceUrl url =
                SourceUrl.parse("http://" + host + ":" + server.getAddress().getPort() + "/image");

        assertRefused(() -> internet.open(url), "not in the public internet");

        assertThat(calls).hasValue(0);
    }

    @Test
    void aRedirectToWhereNobodyMayGoIsNotFollowed() {
        String inside = "http://127.0.0.2:" + server.getAddress().getPort() + "/image";

        assertRefused(() -> opened.open(url("/to/?" + inside)), "not in the public internet");

        assertThat(calls).hasValue(1);
    }

    @Test
    void aRedirectToAFileIsNotFollowed() {
        assertRefused(() -> opened.open(url("/to/?file:///etc/passwd")), "http or https only");
    }

    @Test
    void fiveRedirectsAreFollowedAndNotSix() throws Exception {
        opened.open(url("/hops/5")).close();

        assertRefused(() -> opened.open(url("/hops/6")), "more than 5 times");
    }

    @Test
    void whatIsNotThereIsRefusedWithItsStatus() {
        assertRefused(() -> opened.open(url("/nothing")), "status 404");
    }

    @Test
    void aPortThatNobodyServesIsRefused() {
        SourceUrl url = url("/image");
        server.stop(0);

        assertRefused(() -> opened.open(url), "takes no connection");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://example.org/a", "file:///etc/passwd", "gopher://example.org", "jar:http://a!/b", "/a"})
    void otherSchemesAreRefused(String url) {
        assertRefused(() -> SourceUrl.parse(url), "http or https only");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:secret@example.org/a", "http:///a", "http://[", "http://a b/"})
    void addressesThatCannotBeAskedAreInvalid(String url) {
        assertThatThrownBy(() -> SourceUrl.parse(url)).isInstanceOfSatisfying(YadoException.class, refusal -> {
            assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(refusal.getMessage()).doesNotContain("secret");
        });
    }

    private SourceUrl url(String path) {
        return SourceUrl.parse("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... named) {
        assertThatThrownBy(call).isInstanceOfSatisfying(YadoException.class, refusal -> {
            assertThat(refusal.code()).isEqualTo(ErrorCode.IMAGE_SOURCE_REFUSED);
            assertThat(refusal.getMessage()).contains(named);
        });
    }
}
