package dev.yado.network.service;

import dev.yado.network.service.MetadataRequest.Answer;
import dev.yado.protocol.NicId;
import dev.yado.protocol.address.Ip;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes connections from one socket, each for one request, in a virtual thread. Hostile guests are expected: who is not known is
 * hung up on, each has few connections at a time, and each connection ends when its time is over, whatever the guest does.
 */
final class MetadataListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetadataListener.class);
    private static final int SECONDS = 10;
    /** So as not to ask again and again for a descriptor that the process may not have. */
    private static final long AFTER_FAILURE_NANOS = 50_000_000;

    private static final Duration LAST_ONE = Duration.ofSeconds(2);

    private static final ScheduledThreadPoolExecutor DEADLINES = deadlines();

    private final ServerSocketChannel socket;
    private final Function<Ip, @Nullable NicId> cards;
    private final GuestLimits limits;
    private final BiFunction<NicId, MetadataRequest, Answer> pages;
    private final Thread taking = Thread.ofVirtual().name("metadata").unstarted(this::accept);

    private MetadataListener(
            ServerSocketChannel socket,
            Function<Ip, @Nullable NicId> cards,
            GuestLimits limits,
            BiFunction<NicId, MetadataRequest, Answer> pages) {
        this.socket = socket;
        this.cards = cards;
        this.limits = limits;
        this.pages = pages;
    }

    private static ScheduledThreadPoolExecutor deadlines() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("metadata-deadlines").factory());
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    static MetadataListener start(
            ServerSocketChannel socket,
            Function<Ip, @Nullable NicId> cards,
            GuestLimits limits,
            BiFunction<NicId, MetadataRequest, Answer> pages) {
        MetadataListener listener = new MetadataListener(socket, cards, limits, pages);
        listener.taking.start();
        return listener;
    }

    boolean open() {
        return socket.isOpen();
    }

    private void accept() {
        while (socket.isOpen()) {
            try {
                admit(socket.accept());
            } catch (AsynchronousCloseException e) {
                return;
            } catch (IOException e) {
                log.debug("a guest's connection was not taken: {}", e.getMessage());
                LockSupport.parkNanos(AFTER_FAILURE_NANOS);
            }
        }
    }

    private void admit(SocketChannel connection) throws IOException {
        Ip source = Ip.of(connection.socket().getInetAddress().getAddress());
        NicId nic = cards.apply(source);
        if (nic == null || !limits.enter(nic)) {
            connection.close();
            return;
        }
        Thread.ofVirtual().name("metadata").start(() -> {
            try {
                serve(connection, nic);
            } finally {
                limits.leave(nic);
            }
        });
    }

    private void serve(SocketChannel connection, NicId nic) {
        ScheduledFuture<?> deadline = DEADLINES.schedule(() -> close(connection), SECONDS, TimeUnit.SECONDS);
        try (connection) {
            Optional<MetadataRequest> request = MetadataRequest.read(
                    new BufferedInputStream(connection.socket().getInputStream()));
            Answer answer = request.map(asked -> answer(nic, asked)).orElse(Answer.refusal("400 Bad Request"));
            OutputStream out = connection.socket().getOutputStream();
            out.write(answer.head());
            out.write(answer.body());
            // The answer first, then the end: closing with bytes unread would reset the connection before the guest has
            // it.
            connection.shutdownOutput();
        } catch (IOException e) {
            log.debug("a guest's request came to nothing: {}", e.getMessage());
        } finally {
            deadline.cancel(false);
        }
    }

    private Answer answer(NicId nic, MetadataRequest request) {
        if (!limits.take(nic)) {
            return Answer.refusal("429 Too Many Requests");
        }
        try {
            return pages.apply(nic, request);
        } catch (RuntimeException e) {
            log.warn("card {} asked {} and could not be answered", nic, request.path(), e);
            return Answer.refusal("500 Internal Server Error");
        }
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            log.debug("a guest's connection did not close: {}", e.getMessage());
        }
    }

    /** Afterwards another one can listen: the address is taken until nobody waits at the socket any more. */
    @Override
    public void close() {
        try {
            socket.close();
            taking.join(LAST_ONE);
        } catch (IOException e) {
            log.debug("the metadata service's socket did not close: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
