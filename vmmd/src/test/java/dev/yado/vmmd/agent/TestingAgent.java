package dev.yado.vmmd.agent;

import dev.yado.protocol.ProtocolJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An agent as guests have them, behind a socket as QEMU's: one conversation at a time, questions in order. It can be told to misbehave. */
final class TestingAgent implements AutoCloseable {
    static final String NOTHING = "";

    /** The names of what it was asked, in order. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    final AtomicInteger connections = new AtomicInteger();
    volatile int fileSystems = 1;
    volatile boolean still;
    /** Said instead of an answer to a command; null: nothing out of the ordinary. */
    volatile Answers answers = _ -> null;

    private final ServerSocketChannel server;
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean holds;
    private volatile @Nullable SocketChannel connection;

    interface Answers {
        @Nullable
        String of(String command) throws IOException;
    }

    TestingAgent(Path socket) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::serve);
    }

    /** From here on it reads nothing. */
    void hold() {
        holds = true;
    }

    /** It reads what has come meanwhile. */
    void goOn() {
        holds = false;
        goOn.countDown();
    }

    void hangUp() throws IOException {
        connection().close();
    }

    /** Says something that it was not asked. */
    void interject(String text) throws IOException {
        say(Channels.newOutputStream(connection()), text);
    }

    private SocketChannel connection() {
        return Objects.requireNonNull(connection, "nobody has called");
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept()) {
                connection = peer;
                connections.incrementAndGet();
                talk(peer);
            } catch (IOException e) {
                // The other end has gone, or the test is over.
                continue;
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void talk(SocketChannel peer) throws IOException, InterruptedException {
        OutputStream out = Channels.newOutputStream(peer);
        BufferedReader in =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(peer), StandardCharsets.ISO_8859_1));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (holds) {
                goOn.await();
            }
            // As the real one: what the delimiter cuts short is an error.
            String text = line.substring(line.lastIndexOf('\u00ff') + 1);
            if (text.length() < line.length()) {
                say(out, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\n");
            }
            JsonNode command = ProtocolJson.mapper().readTree(text);
            String name = command.path("execute").asString("");
            asked.add(name);
            String instead = answers.of(name);
            say(out, instead == null ? answer(name, command) : instead);
        }
    }

    private String answer(String name, JsonNode command) {
        return switch (name) {
            case "guest-sync-delimited" ->
                "\u00ff" + returned(command.path("arguments").path("id").toString());
            case "guest-ping" -> returned("{}");
            case "guest-fsfreeze-status" -> returned(still ? "\"frozen\"" : "\"thawed\"");
            case "guest-fsfreeze-freeze" -> {
                still = fileSystems > 0;
                yield returned(String.valueOf(fileSystems));
            }
            case "guest-fsfreeze-thaw" -> {
                int thawed = still ? fileSystems : 0;
                still = false;
                yield returned(String.valueOf(thawed));
            }
            default -> refused("The command " + name + " has not been found");
        };
    }

    static String returned(String json) {
        return "{\"return\": " + json + "}\n";
    }

    static String refused(String text) {
        return "{\"error\": {\"class\": \"GenericError\", \"desc\": \"" + text + "\"}}\n";
    }

    private static void say(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Says it without an end, until the other end hangs up. */
    void flood(byte[] text) {
        SocketChannel peer = connection();
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    peer.write(ByteBuffer.wrap(text));
                }
            } catch (IOException e) {
                return;
            }
        });
    }

    @Override
    public void close() throws IOException {
        goOn();
        server.close();
        SocketChannel peer = connection;
        if (peer != null) {
            peer.close();
        }
    }
}
