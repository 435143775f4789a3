package dev.yado.storage.repository.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * A real S3 server (s3proxy on a directory) in a process of its own, and a way to it that can be told to refuse. It listens on
 * loopback.
 */
final class TestingS3 implements AutoCloseable {
    private static final String BUSY = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code>"
            + "<Message>Please reduce your request rate.</Message></Error>";

    private final Process server;
    private final ServerSocket way;
    private final int port;
    private final AtomicInteger refusals = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    TestingS3(Path directory) throws IOException {
        port = freePort();
        Files.createDirectories(directory.resolve("content").resolve("bucket"));
        Path properties = directory.resolve("s3proxy.properties");
        Files.writeString(properties, """
                s3proxy.authorization=aws-v2-or-v4
                s3proxy.identity=id
                s3proxy.credential=secret
                s3proxy.endpoint=http://127.0.0.1:%d
                jclouds.provider=filesystem-nio2
                jclouds.identity=x
                jclouds.credential=x
                jclouds.filesystem.basedir=%s
                """.formatted(port, directory.resolve("content")));
        Path jar = Path.of(System.getProperty("yado.root", ".."), "storage", "target", "s3-server", "s3proxy.jar");
        server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-DLOG_LEVEL=error",
                        "-jar",
                        jar.toString(),
                        "--properties",
                        properties.toString())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(directory.resolve("s3proxy.log").toFile()))
                .start();
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> !server.isAlive() || answers());
        if (!server.isAlive()) {
            throw new IOException("s3proxy does not start: " + Files.readString(directory.resolve("s3proxy.log")));
        }
        way = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private boolean answers() {
        try (Socket probe = new Socket()) {
            probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    S3Settings settings() {
        return settings("secret");
    }

    S3Settings settings(String secret) {
        return new S3Settings(
                URI.create("http://127.0.0.1:" + way.getLocalPort()),
                "us-east-1",
                "bucket",
                "some/place/",
                "id",
                secret);
    }

    /** So many connections from now on are answered with 503 SlowDown, and closed. Those that are open end, for they would be used again. */
    void refuses(int connections) throws IOException {
        refusals.set(connections);
        for (Socket each : open) {
            each.close();
        }
    }

    int refusalsLeft() {
        return refusals.get();
    }

    void dies() {
        server.destroyForcibly().onExit().join();
    }

    private void accept() {
        while (!way.isClosed()) {
            try {
                Socket client = way.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                refuse(client);
                return;
            }
            try (Socket to = new Socket(InetAddress.getLoopbackAddress(), port)) {
                Thread back = Thread.ofVirtual().start(() -> pass(to, client));
                pass(client, to);
                back.join();
            }
        } catch (IOException e) {
            // The client sees that nothing comes.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private static void refuse(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.append((char) next);
        }
        OutputStream out = client.getOutputStream();
        out.write(("HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
                        + BUSY.length() + "\r\n\r\n" + BUSY)
                .getBytes(StandardCharsets.US_ASCII));
        out.flush();
        client.shutdownOutput();
        in.transferTo(OutputStream.nullOutputStream());
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One of them has closed: so does the other.
            try {
                to.close();
            } catch (IOException again) {
                // It is closed.
            }
        }
    }

    @Override
    public void close() throws IOException {
        way.close();
        dies();
    }
}
