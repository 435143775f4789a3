package dev.yado.vmmd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What lies between two daemons: it can be cut, or lose what is answered. It reads nothing of what it passes on. */
final class TestingRelay implements AutoCloseable {
    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private volatile boolean cut;
    private volatile boolean answersLost;

    /** @param url of the daemon that is reached through it */
    TestingRelay(String url) throws IOException {
        URI to = URI.create(url);
        target = new InetSocketAddress(to.getHost(), to.getPort());
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    String url() {
        return "https://127.0.0.1:" + listener.getLocalPort();
    }

    /** Nothing goes through any more. */
    void cut() {
        cut = true;
        open.forEach(TestingRelay::end);
    }

    void mend() {
        cut = false;
        answersLost = false;
        open.forEach(TestingRelay::end);
    }

    /** What is asked arrives, what is answered does not. */
    void loseAnswers() {
        answersLost = true;
    }

    /** True once something was asked while answers were lost. */
    boolean awaitAsked(long seconds) throws InterruptedException {
        return asked.await(seconds, TimeUnit.SECONDS);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket from = listener.accept();
                if (cut) {
                    from.close();
                    continue;
                }
                Socket to = new Socket();
                to.connect(target);
                from.setTcpNoDelay(true);
                to.setTcpNoDelay(true);
                open.add(from);
                open.add(to);
                Thread.ofVirtual().start(() -> pump(from, to, false));
                Thread.ofVirtual().start(() -> pump(to, from, true));
            } catch (IOException e) {
                // The listener was closed, or the daemon is away: the caller finds out.
            }
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] piece = new byte[16 << 10];
            for (int read = in.read(piece); read > 0; read = in.read(piece)) {
                if (answersLost && !answers) {
                    asked.countDown();
                }
                if (!(answersLost && answers)) {
                    out.write(piece, 0, read);
                }
            }
        } catch (IOException e) {
            // One end has gone: so does the other.
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(TestingRelay::end);
    }
}
