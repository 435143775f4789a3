package dev.yado.vmmd.agent;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The lines that come from a guest, and those that go there. Of a guest that talks without being listened to a few lines are kept, and it
 * waits; a line that has no end ends the connection. For one thread at a time.
 */
final class AgentLines implements AutoCloseable {
    /** More than an agent ever answers to what it is asked here. */
    static final int LONGEST_LINE = 8 << 10;

    private static final int MOST_UNHEARD = 4;

    private final SocketChannel channel;
    private final CompletableFuture<Void> connected = new CompletableFuture<>();
    private final BlockingQueue<Heard> heard = new ArrayBlockingQueue<>(MOST_UNHEARD);
    private final Thread reader;
    private volatile boolean closed;

    /** @param end why nothing more comes; null with a line */
    private record Heard(byte[] line, @Nullable String end) {}

    private AgentLines(SocketChannel channel, Thread.Builder builder, Path socket) {
        this.channel = channel;
        this.reader = builder.unstarted(() -> read(socket));
    }

    /** Returns when it is connected. Whoever is connected already is served first, one at a time. */
    static AgentLines connect(Path socket, Duration within) throws AgentException, InterruptedException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new AgentException("The host has no socket left: " + e.getMessage(), e);
        }
        AgentLines lines = new AgentLines(channel, Thread.ofVirtual().name("guest agent"), socket);
        lines.reader.start();
        try {
            lines.await(lines.connected, within, "The channel to the guest's agent is busy.");
            return lines;
        } catch (AgentException | InterruptedException e) {
            lines.close();
            throw e;
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Whole, or the connection is closed. */
    void write(byte[] bytes, Duration within) throws AgentException, InterruptedException {
        CompletableFuture<Void> written = new CompletableFuture<>();
        Thread.ofVirtual().name("guest agent, asked").start(() -> {
            try {
                ByteBuffer left = ByteBuffer.wrap(bytes);
                while (left.hasRemaining()) {
                    channel.write(left);
                }
                written.complete(null);
            } catch (IOException e) {
                written.completeExceptionally(e);
            }
        });
        try {
            await(written, within, "The guest does not take what its agent is asked.");
        } catch (AgentException | InterruptedException e) {
            close();
            throw e;
        }
    }

    /** The next line, without its end. */
    byte[] read(Duration within) throws AgentException, InterruptedException {
        Heard next = heard.poll(Math.max(0, within.toNanos()), TimeUnit.NANOSECONDS);
        if (next == null) {
            throw new AgentException(closed ? "The connection to the guest's agent is closed." : "It is silent.");
        }
        if (next.end() != null) {
            close();
            throw new AgentException(next.end());
        }
        return next.line();
    }

    @Override
    public void close() {
        closed = true;
        reader.interrupt();
        try {
            channel.close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
            return;
        }
    }

    private void await(CompletableFuture<Void> done, Duration within, String otherwise)
            throws AgentException, InterruptedException {
        try {
            done.get(Math.max(0, within.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AgentException(otherwise, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new AgentException("The channel to the guest's agent is broken: " + cause.getMessage(), e);
        }
    }

    private void read(Path socket) {
        String end;
        try (channel) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            connected.complete(null);
            end = readLines();
        } catch (IOException e) {
            connected.completeExceptionally(e);
            end = "The connection to the guest's agent broke: " + e.getMessage();
        } catch (InterruptedException e) {
            // It is closed: nobody listens.
            return;
        }
        closed = true;
        try {
            heard.put(new Heard(new byte[0], end));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Why nothing more is read. */
    private String readLines() throws IOException, InterruptedException {
        ByteBuffer incoming = ByteBuffer.allocate(4 << 10);
        byte[] line = new byte[512];
        int length = 0;
        while (channel.read(incoming) >= 0) {
            incoming.flip();
            while (incoming.hasRemaining()) {
                byte next = incoming.get();
                if (next == '\n') {
                    heard.put(new Heard(Arrays.copyOf(line, length), null));
                    length = 0;
                    continue;
                }
                if (length == LONGEST_LINE) {
                    return "The guest's agent sent a line of more than " + LONGEST_LINE + " bytes.";
                }
                line = length == line.length ? Arrays.copyOf(line, Math.min(LONGEST_LINE, length * 2)) : line;
                line[length++] = next;
            }
            incoming.clear();
        }
        return "The channel to the guest's agent was closed.";
    }
}
