package dev.yado.cli.terminal;

import dev.yado.cli.wire.Endpoint;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A WebSocket whose frames are a serial port's bytes, both ways. */
public final class ConsoleSocket {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SEND = Duration.ofSeconds(30);
    private static final Duration CLOSE = Duration.ofSeconds(2);

    /** RFC 6455, 7.1.5: there was no close frame. */
    private static final int WITHOUT_GOODBYE = 1006;

    private final WebSocket socket;
    private final CompletableFuture<String> end;

    private ConsoleSocket(WebSocket socket, CompletableFuture<String> end) {
        this.socket = socket;
        this.end = end;
    }

    /** Opens it; what arrives is written to the output at once. */
    public static ConsoleSocket open(Endpoint endpoint, String path, OutputStream output) {
        URI http = endpoint.resolve(path);
        URI address = URI.create("ws" + http.toString().substring("http".length()));
        CompletableFuture<String> end = new CompletableFuture<>();
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .build();
        WebSocket.Builder builder = client.newWebSocketBuilder()
                .connectTimeout(CONNECT)
                .header("Authorization", "Bearer " + endpoint.token());
        endpoint.tenant().ifPresent(tenant -> builder.header("X-Yado-Tenant", tenant));
        try {
            WebSocket socket =
                    builder.buildAsync(address, new Receiver(output, end)).join();
            return new ConsoleSocket(socket, end);
        } catch (CompletionException failure) {
            throw refusal(failure.getCause(), endpoint);
        }
    }

    /**
     * Sends the input. Ends when the port's side closes, when the time is over, or, where the end of the input means to leave, with
     * it. Answers one sentence about how it ended.
     */
    public String copy(InputStream input, boolean leavesAtEnd, Optional<Duration> time) {
        CompletableFuture<String> inputFailed = new CompletableFuture<>();
        Thread sender =
                Thread.ofPlatform().daemon().name("console-input").start(() -> send(input, leavesAtEnd, inputFailed));
        try {
            CompletableFuture<Object> first = CompletableFuture.anyOf(end, inputFailed);
            return time.isPresent()
                    ? (String) first.get(time.get().toMillis(), TimeUnit.MILLISECONDS)
                    : (String) first.get();
        } catch (TimeoutException over) {
            return "The time is over.";
        } catch (ExecutionException broken) {
            throw Failure.of(
                    ExitCode.UNREACHABLE,
                    "CONSOLE_LOST",
                    "the console's connection broke: " + message(broken.getCause()),
                    "Connect again; the VM is not touched by it.");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return "Interrupted.";
        } finally {
            sender.interrupt();
            close();
        }
    }

    private void send(InputStream input, boolean leavesAtEnd, CompletableFuture<String> failed) {
        byte[] buffer = new byte[4096];
        try {
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                socket.sendBinary(ByteBuffer.wrap(buffer.clone(), 0, read), true)
                        .get(SEND.toMillis(), TimeUnit.MILLISECONDS);
            }
            if (leavesAtEnd) {
                failed.complete("Left; the VM goes on.");
            }
        } catch (IOException | ExecutionException | TimeoutException failure) {
            failed.completeExceptionally(failure);
        } catch (InterruptedException leaving) {
            Thread.currentThread().interrupt();
        }
    }

    private void close() {
        try {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException alreadyClosed) {
            socket.abort();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            socket.abort();
        }
    }

    private static Failure refusal(@Nullable Throwable cause, Endpoint endpoint) {
        if (cause instanceof WebSocketHandshakeException refused) {
            int status =
                    refused.getResponse() == null ? 0 : refused.getResponse().statusCode();
            return switch (status) {
                case 401, 403 ->
                    Failure.of(
                            ExitCode.UNAUTHORIZED,
                            status == 401 ? "UNAUTHENTICATED" : "FORBIDDEN",
                            "the controller does not accept this token",
                            "Log in: yado login");
                case 404 ->
                    Failure.of(
                            ExitCode.NOT_FOUND,
                            "NOT_FOUND",
                            "there is no such VM or port",
                            "'yado vm list' shows the VMs that the token sees.");
                case 409 ->
                    Failure.of(
                            ExitCode.REFUSED,
                            "CONFLICT",
                            "the VM has no console at present",
                            "Start it first: yado vm start VM. What it wrote before: yado vm serial VM");
                default ->
                    Failure.of(
                            status >= 500 ? ExitCode.UNREACHABLE : ExitCode.REFUSED,
                            "HTTP_" + status,
                            "the console was refused with HTTP status " + status,
                            "See the VM's state: yado vm show VM");
            };
        }
        return Failure.of(
                ExitCode.UNREACHABLE,
                "UNREACHABLE",
                "cannot reach the console at " + endpoint.url() + ": "
                        + (cause instanceof HttpTimeoutException ? "no answer in time" : message(cause)),
                "Start the controller ('yado up'), or name another one by --url or YADO_URL.");
    }

    private static String message(@Nullable Throwable cause) {
        return cause == null || cause.getMessage() == null ? String.valueOf(cause) : cause.getMessage();
    }

    private static final class Receiver implements WebSocket.Listener {
        private final OutputStream output;
        private final CompletableFuture<String> end;

        Receiver(OutputStream output, CompletableFuture<String> end) {
            this.output = output;
            this.end = end;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            return write(socket, bytes);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            return write(socket, data.toString().getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            if (status == WITHOUT_GOODBYE) {
                end.completeExceptionally(new IOException("it ended without a goodbye"));
            }
            end.complete("The console was closed" + (reason.isEmpty() ? "." : ": " + reason));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            end.completeExceptionally(error);
        }

        private @Nullable CompletionStage<?> write(WebSocket socket, byte[] bytes) {
            try {
                output.write(bytes);
                output.flush();
                socket.request(1);
            } catch (IOException closed) {
                end.completeExceptionally(closed);
            }
            return null;
        }
    }
}
