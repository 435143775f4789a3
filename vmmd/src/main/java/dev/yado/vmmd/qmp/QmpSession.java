package dev.yado.vmmd.qmp;

import dev.yado.protocol.ProtocolJson;
import dev.yado.telemetry.Span;
import dev.yado.telemetry.Tracing;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An open conversation with one QEMU. Commands may be sent from any thread and are carried out in the order in which they were
 * sent, but for those that go {@link QmpCommand#outOfBand out of band}. Events and the end of the conversation go to the listener, on the reader's thread: the listener must not block.
 */
public final class QmpSession implements AutoCloseable {
    private final MessageStream stream;
    private final ByteChannel channel;
    private final Listener listener;
    private final Map<Long, Pending<?>> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private volatile boolean deaf;
    private volatile boolean outOfBand;
    private volatile @Nullable QmpException end;

    public interface Listener {
        void event(QmpEvent event);

        /** Called once; every command without an answer has failed by then. */
        void ended(QmpException reason);
    }

    private record Pending<R>(QmpCommand<R> command, CompletableFuture<R> answer) {
        void complete(JsonNode message) {
            if (message.has("return")) {
                try {
                    answer.complete(command.answer(message.path("return")));
                } catch (RuntimeException e) {
                    answer.completeExceptionally(
                            new QmpException("QEMU answered " + command.name() + " with something else", e));
                }
            } else {
                answer.completeExceptionally(new QmpException("QEMU refused " + command.name() + ": "
                        + message.path("error").path("desc").asString("no reason given")));
            }
        }
    }

    private QmpSession(ByteChannel channel, MessageStream stream, Listener listener) {
        this.channel = channel;
        this.stream = stream;
        this.listener = listener;
    }

    /**
     * Waits until QEMU listens and greets.
     *
     * @param worthWaiting asked between attempts: false ends the wait, because QEMU is gone
     * @throws QmpException when it does not greet in time
     */
    public static QmpSession connect(Path socket, Duration patience, BooleanSupplier worthWaiting, Listener listener)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        SocketChannel channel = dial(socket, deadline, worthWaiting);
        try {
            return open(channel, Duration.ofNanos(Math.max(1, deadline - System.nanoTime())), listener);
        } catch (IOException | InterruptedException e) {
            channel.close();
            throw e;
        }
    }

    /** Over a channel that QEMU is the other end of; waits for its greeting. */
    public static QmpSession open(ByteChannel channel, Duration patience, Listener listener)
            throws IOException, InterruptedException {
        QmpSession session = new QmpSession(channel, new MessageStream(channel), listener);
        CompletableFuture<QmpCommand.Done> open = session.register(new QmpCommand.Capabilities(false), 0);
        Thread.ofVirtual().name("qmp").start(session::readAll);
        try {
            session.await("the greeting", open, patience);
            return session;
        } catch (QmpException e) {
            session.close();
            throw e;
        }
    }

    /** Sends without waiting; the answer fails with {@link QmpException} when there is none. */
    public <R> CompletableFuture<R> send(QmpCommand<R> command) {
        long id = lastId.incrementAndGet();
        CompletableFuture<R> answer = register(command, id);
        watch(command, answer);
        try {
            stream.write(List.of(encode(command, id)));
        } catch (IOException e) {
            // What QEMU has said before is still to be read; the reader finds the end of it.
            deaf = true;
            pending.remove(id);
            answer.completeExceptionally(new QmpException("cannot send " + command.name() + " to QEMU", e));
        }
        QmpException over = end;
        if (over != null && pending.remove(id) != null) {
            answer.completeExceptionally(over);
        }
        return answer;
    }

    private static void watch(QmpCommand<?> command, CompletableFuture<?> answer) {
        Span span = Tracing.start(Span.Kind.CLIENT, "qmp " + command.name());
        long sent = System.nanoTime();
        answer.whenComplete((_, failure) -> {
            QmpTimes.answered(command.name(), System.nanoTime() - sent, failure != null);
            if (failure != null) {
                span.fail(String.valueOf(failure.getMessage()));
            }
            span.close();
        });
    }

    /** Sends and waits. */
    public <R> R run(QmpCommand<R> command, Duration patience) throws QmpException, InterruptedException {
        return await(command.name(), send(command), patience);
    }

    /**
     * Sends all, so that QEMU waits for nobody between them, and waits for all. One that fails keeps none of those after it from being
     * carried out.
     *
     * @throws QmpException that of the first that failed
     */
    public void runAll(List<? extends QmpCommand<?>> commands, Duration patience)
            throws QmpException, InterruptedException {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        for (QmpCommand<?> command : commands) {
            answers.add(send(command));
        }
        QmpException first = null;
        for (int i = 0; i < answers.size(); i++) {
            try {
                await(commands.get(i).name(), answers.get(i), patience);
            } catch (QmpException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Nothing can be asked any more, and all that QEMU has said is told. */
    public boolean isOver() {
        return end != null;
    }

    /** Nothing can be asked any more. What QEMU has said before may still be about to be told. */
    public boolean isDeaf() {
        return deaf || end != null;
    }

    /** Ends the conversation; QEMU goes on. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            finish(new QmpException("the QMP socket did not close", e));
        }
    }

    private static SocketChannel dial(Path socket, long deadline, BooleanSupplier worthWaiting)
            throws IOException, InterruptedException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(address);
                return channel;
            } catch (IOException e) {
                channel.close();
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for QEMU to listen");
                }
                if (!worthWaiting.getAsBoolean()) {
                    throw new QmpException("QEMU ended before it listened on its QMP socket", e);
                }
                if (System.nanoTime() > deadline) {
                    throw new QmpException("QEMU does not listen on " + socket + ": " + e.getMessage(), e);
                }
            }
            // QEMU makes its socket about 10 ms after exec; a failed connect costs some microseconds.
            Thread.sleep(1);
        }
    }

    private <R> CompletableFuture<R> register(QmpCommand<R> command, long id) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        pending.put(id, new Pending<>(command, answer));
        return answer;
    }

    private <R> R await(String what, CompletableFuture<R> answer, Duration patience)
            throws QmpException, InterruptedException {
        try {
            return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new QmpException("QEMU did not answer within " + patience.toMillis() + " ms: " + what, e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof QmpException known ? known : new QmpException(what + " failed", e);
        }
    }

    private void readAll() {
        try {
            while (true) {
                JsonNode message = stream.read();
                if (message.has("event")) {
                    listener.event(QmpEvent.of(message));
                } else if (message.has("QMP")) {
                    outOfBand = offers(message, "oob");
                    stream.write(List.of(encode(new QmpCommand.Capabilities(outOfBand), 0)));
                } else {
                    Pending<?> asked = pending.remove(message.path("id").asLong(-1));
                    if (asked != null) {
                        asked.complete(message);
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            // Whoever is told forgets it; its socket is not to stay.
            close();
            finish(new QmpException("the QMP conversation ended: " + e.getMessage(), e));
        }
    }

    private void finish(QmpException reason) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = reason;
        }
        pending.keySet().forEach(id -> {
            Pending<?> asked = pending.remove(id);
            if (asked != null) {
                asked.answer().completeExceptionally(reason);
            }
        });
        listener.ended(reason);
    }

    private static boolean offers(JsonNode greeting, String capability) {
        for (JsonNode each : greeting.path("QMP").path("capabilities")) {
            if (each.asString("").equals(capability)) {
                return true;
            }
        }
        return false;
    }

    private byte[] encode(QmpCommand<?> command, long id) {
        String verb = outOfBand && command.outOfBand() ? "exec-oob" : "execute";
        return ProtocolJson.mapper()
                .writeValueAsBytes(
                        command.arguments().isEmpty()
                                ? Map.of(verb, command.name(), "id", id)
                                : Map.of(verb, command.name(), "id", id, "arguments", command.arguments()));
    }
}
