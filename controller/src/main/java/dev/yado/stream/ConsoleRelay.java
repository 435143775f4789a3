package dev.yado.stream;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.adapter.standard.StandardWebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/**
 * One console: the guest's bytes down, the caller's bytes up. Nothing is buffered but one piece each way: a caller that reads slowly
 * makes the host wait, and one that takes nothing for {@link #SLOWEST_SEND} is cut.
 *
 * <p>Close codes: 1000 the guest has ended or the VM is gone; 1008 the caller is too slow or silent; 1012 the host's daemon was
 * restarted, connect again; 1013 there is no host, or it does not answer, try again later. Reasons begin with an error code.
 */
final class ConsoleRelay extends AbstractWebSocketHandler {
    static final Duration SLOWEST_SEND = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleRelay.class);
    private static final String TOMCAT_SEND_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration PING_EVERY = Duration.ofSeconds(20);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(60);
    private static final int PIECE_BYTES = 16 << 10;
    /** RFC 6455: a control frame has 125 bytes, of which the code takes two. */
    private static final int LONGEST_REASON = 123;

    private final VmPlaces places;
    private final HostStreams hosts;
    private final VmId vm;
    private final int port;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile long heardAt = System.nanoTime();
    private volatile @Nullable InputStream output;
    private volatile @Nullable Thread pump;
    private volatile @Nullable Thread watch;

    ConsoleRelay(VmPlaces places, HostStreams hosts, VmId vm, int port) {
        this.places = places;
        this.hosts = hosts;
        this.vm = vm;
        this.port = port;
    }

    @Override
    public boolean supportsPartialMessages() {
        return true;
    }

    @Override
    public void afterConnectionEstablished(WebSocketSession session) {
        if (session instanceof StandardWebSocketSession standard && standard.getNativeSession() != null) {
            standard.getNativeSession().getUserProperties().put(TOMCAT_SEND_TIMEOUT, SLOWEST_SEND.toMillis());
        }
        pump = Thread.ofVirtual().name("console-" + vm).start(() -> pump(session));
        watch = Thread.ofVirtual().name("console-watch-" + vm).start(() -> watch(session));
    }

    private void pump(WebSocketSession session) {
        try {
            Optional<VmPlace> place = places.find(vm);
            if (place.isEmpty()) {
                end(session, CloseStatus.NORMAL, ErrorCode.NOT_FOUND, "the VM was deleted");
                return;
            }
            if (place.get().host() == null) {
                end(session, CloseStatus.SERVICE_OVERLOAD, ErrorCode.CONFLICT, "the VM has no host yet");
                return;
            }
            Optional<InputStream> opened = hosts.follow(place.get().host(), vm, port);
            if (opened.isEmpty()) {
                end(
                        session,
                        CloseStatus.SERVICE_OVERLOAD,
                        ErrorCode.CONFLICT,
                        "the host has not begun with the VM yet");
                return;
            }
            try (InputStream bytes = opened.get()) {
                output = bytes;
                relay(bytes, session);
            }
            end(
                    session,
                    CloseStatus.SERVICE_RESTARTED,
                    ErrorCode.HOST_UNREACHABLE,
                    "the host ended the console; connect again");
        } catch (YadoException failure) {
            end(session, CloseStatus.SERVICE_OVERLOAD, failure.code(), String.valueOf(failure.getMessage()));
        } catch (DataAccessException failure) {
            end(
                    session,
                    CloseStatus.SERVICE_OVERLOAD,
                    ErrorCode.UNAVAILABLE,
                    "the controller's database does not answer");
        } catch (IOException broken) {
            end(
                    session,
                    CloseStatus.SERVICE_RESTARTED,
                    ErrorCode.HOST_UNREACHABLE,
                    "the connection to the host broke; connect again");
        }
    }

    /** Returns at the end of the stream. @throws IOException when the host, or the caller's side, breaks */
    private void relay(InputStream bytes, WebSocketSession session) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int read = bytes.read(piece); read >= 0 && !ended.get(); read = bytes.read(piece)) {
            if (read == 0) {
                continue;
            }
            try {
                session.sendMessage(new BinaryMessage(ByteBuffer.wrap(Arrays.copyOf(piece, read))));
            } catch (IOException | IllegalStateException slowOrGone) {
                end(
                        session,
                        CloseStatus.POLICY_VIOLATION,
                        ErrorCode.CONFLICT,
                        "the console took nothing for " + SLOWEST_SEND.toSeconds() + " s");
                return;
            }
        }
    }

    /** Sees what the stream itself does not tell: that the guest has ended, that host or caller are silent. */
    private void watch(WebSocketSession session) {
        long pingAt = System.nanoTime();
        boolean sawEnd = false;
        while (!ended.get() && session.isOpen()) {
            try {
                Thread.sleep(LOOK_EVERY);
                if (System.nanoTime() - pingAt > PING_EVERY.toNanos()) {
                    session.sendMessage(new PingMessage());
                    pingAt = System.nanoTime();
                }
                if (System.nanoTime() - heardAt > LONGEST_SILENCE.toNanos()) {
                    end(
                            session,
                            CloseStatus.POLICY_VIOLATION,
                            ErrorCode.CONFLICT,
                            "no answer to a ping for " + LONGEST_SILENCE.toSeconds() + " s");
                }
                sawEnd = look(session, sawEnd);
            } catch (InterruptedException closing) {
                return;
            } catch (IOException | IllegalStateException gone) {
                end(session, CloseStatus.POLICY_VIOLATION, ErrorCode.CONFLICT, "the console does not take a ping");
            } catch (DataAccessException unanswered) {
                LOG.info("a console goes on while the database does not answer: {}", unanswered.getMessage());
            }
        }
    }

    /** The first look that sees the guest ended leaves its last words time to arrive; the second ends the console. */
    private boolean look(WebSocketSession session, boolean sawEnd) {
        VmPlace place = places.find(vm).orElse(null);
        if (place == null) {
            end(session, CloseStatus.NORMAL, ErrorCode.NOT_FOUND, "the VM was deleted");
            return true;
        }
        if (place.host() != null && !place.hostAnswers()) {
            end(session, CloseStatus.SERVICE_OVERLOAD, ErrorCode.HOST_UNREACHABLE, "the host has not reported in time");
        }
        if (place.hasEnded() && sawEnd) {
            end(
                    session,
                    CloseStatus.NORMAL,
                    null,
                    "the VM is " + place.observed() + (place.cause() == null ? "" : ": " + place.cause()));
        }
        return place.hasEnded();
    }

    @Override
    protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) {
        ByteBuffer payload = message.getPayload();
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        type(session, bytes);
    }

    @Override
    protected void handleTextMessage(WebSocketSession session, TextMessage message) {
        type(session, message.getPayload().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * One message at a time, each answered by the host before the next: what is typed arrives in order. While the guest does not
     * run it is lost, as on the terminal of a machine that is switched off.
     */
    private void type(WebSocketSession session, byte[] bytes) {
        heardAt = System.nanoTime();
        if (bytes.length == 0 || ended.get()) {
            return;
        }
        try {
            VmPlace place = places.find(vm).orElse(null);
            if (place != null && place.host() != null) {
                hosts.type(place.host(), vm, port, bytes);
            }
        } catch (YadoException failure) {
            end(session, CloseStatus.SERVICE_OVERLOAD, failure.code(), String.valueOf(failure.getMessage()));
        } catch (DataAccessException failure) {
            end(
                    session,
                    CloseStatus.SERVICE_OVERLOAD,
                    ErrorCode.UNAVAILABLE,
                    "the controller's database does not answer");
        }
    }

    @Override
    protected void handlePongMessage(WebSocketSession session, PongMessage message) {
        heardAt = System.nanoTime();
    }

    @Override
    public void handleTransportError(WebSocketSession session, Throwable failure) {
        LOG.debug("console of VM {}", vm, failure);
    }

    @Override
    public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
        ended.set(true);
        release();
    }

    /** The first reason wins. */
    private void end(WebSocketSession session, CloseStatus status, @Nullable ErrorCode code, String why) {
        if (!ended.compareAndSet(false, true)) {
            return;
        }
        String reason = shorten(code == null ? why : code + ": " + why);
        LOG.info("console of VM {} ends: {}", vm, reason);
        try {
            session.close(status.withReason(reason));
        } catch (IOException | IllegalStateException gone) {
            LOG.debug("the caller of the console of VM {} is gone", vm, gone);
        }
        release();
    }

    /** Lets the host go and ends the two threads, also the one that waits for bytes. */
    private void release() {
        for (Thread thread : new @Nullable Thread[] {pump, watch}) {
            if (thread != null && thread != Thread.currentThread()) {
                thread.interrupt();
            }
        }
        InputStream bytes = output;
        if (bytes != null) {
            try {
                bytes.close();
            } catch (IOException alreadyBroken) {
                LOG.debug("console of VM {}", vm, alreadyBroken);
            }
        }
    }

    private static String shorten(String reason) {
        byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= LONGEST_REASON
                ? reason
                : new String(bytes, 0, LONGEST_REASON - 4, StandardCharsets.UTF_8).replace("\uFFFD", "") + "...";
    }
}
