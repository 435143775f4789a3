package dev.yado.stream;

import dev.yado.api.HostTrust;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Asks the daemons of hosts for the bytes of their guests. */
@Component
class HostStreams {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private final HostTrust trust;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    HostStreams(HostTrust trust) {
        this.trust = trust;
    }

    /** Empty when the host does not have the VM, or not yet. @throws HostUnreachable when it gives no answer */
    Optional<byte[]> lastBytes(URI host, VmId vm, int port, int most) {
        HttpRequest.Builder request =
                call(host, vm, "serial?port=" + port + "&bytes=" + most).GET();
        return ok(send(request, BodyHandlers.ofByteArray()));
    }

    /**
     * The last bytes of the port and all that follow, without end. It takes from the network only what is read.
     *
     * @return empty when the host does not have the VM, or not yet
     * @throws HostUnreachable when it gives no answer
     */
    Optional<InputStream> follow(URI host, VmId vm, int port) {
        HttpResponse<InputStream> answer =
                send(call(host, vm, "console?port=" + port).GET(), BodyHandlers.ofInputStream());
        try {
            Optional<InputStream> bytes = ok(answer);
            if (bytes.isEmpty()) {
                answer.body().close();
            }
            return bytes;
        } catch (IOException e) {
            throw new HostUnreachable("the VM's host broke off its answer", e);
        }
    }

    /** False when the VM does not run there, so that nobody took the bytes. @throws HostUnreachable when nothing is known of what became of the bytes */
    boolean type(URI host, VmId vm, int port, byte[] bytes) {
        HttpRequest.Builder request = call(host, vm, "console?port=" + port)
                .header("Content-Type", "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes));
        return ok(send(request, BodyHandlers.ofByteArray())).isPresent();
    }

    private HttpRequest.Builder call(URI host, VmId vm, String what) {
        String base = host.toString();
        String root = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        return HttpRequest.newBuilder(URI.create(root + "/v1/vms/" + vm + "/" + what))
                .timeout(ANSWER)
                .header(HostTrust.HEADER, trust.header());
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> handler) {
        try {
            return http.send(request.build(), handler);
        } catch (IOException e) {
            throw new HostUnreachable("the VM's host does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostUnreachable("the VM's host was not waited for", new InterruptedIOException());
        }
    }

    private static <T> Optional<T> ok(HttpResponse<T> answer) {
        return switch (answer.statusCode()) {
            case 200, 202, 204 -> Optional.of(answer.body());
            case 404, 409 -> Optional.empty();
            default ->
                throw new HostUnreachable(
                        "the VM's host answers with status " + answer.statusCode(),
                        new IOException(answer.request().uri().getPath() + " gave " + answer.statusCode()));
        };
    }
}
