package dev.yado.e2e;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A person at a VM's serial console, over the API's WebSocket. */
final class Console implements WebSocket.Listener, AutoCloseable {
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final WebSocket socket;

    Console(Vm vm) throws Exception {
        URI url = URI.create(vm.api().url().replaceFirst("^http", "ws") + "/v1/vms/" + vm.id() + "/console");
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + vm.api().token())
                .buildAsync(url, this)
                .get(30, TimeUnit.SECONDS);
    }

    void type(String line) throws Exception {
        socket.sendBinary(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)), true)
                .get(10, TimeUnit.SECONDS);
    }

    String heard() {
        return String.join("", heard);
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        heard.add(StandardCharsets.ISO_8859_1.decode(data).toString());
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        heard.add(data.toString());
        webSocket.request(1);
        return null;
    }

    @Override
    public void close() {
        socket.abort();
    }
}
