package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Numbered datagrams from one guest to another, one a millisecond, each with the moment in which it was sent. */
final class Stream implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PERIOD_NANOS = 1_000_000;

    private final DatagramSocket sender;
    private final DatagramSocket receiver;
    private final Thread sending;
    private final Thread receiving;
    private final List<Long> sentAt = new ArrayList<>();
    private final BitSet received = new BitSet();
    private volatile boolean ended;

    Stream(MovableGuest from, MovableGuest to, int port, int own) throws IOException {
        sender = from.datagrams(own);
        receiver = to.datagrams(port);
        InetAddress target = InetAddress.getByName(to.ip().toString());
        sending = Thread.ofPlatform().start(() -> send(target, port));
        receiving = Thread.ofPlatform().start(this::receive);
    }

    private void send(InetAddress target, int port) {
        while (!ended) {
            int number;
            synchronized (sentAt) {
                number = sentAt.size();
                sentAt.add(System.nanoTime());
            }
            byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
            try {
                sender.send(new DatagramPacket(bytes, bytes.length, target, port));
            } catch (IOException e) {
                throw new IllegalStateException("the sender has no way", e);
            }
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }

    private void receive() {
        DatagramPacket packet = new DatagramPacket(new byte[Integer.BYTES], Integer.BYTES);
        while (!ended) {
            try {
                receiver.receive(packet);
                int number = ByteBuffer.wrap(packet.getData()).getInt();
                synchronized (received) {
                    received.set(number);
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private int sent() {
        synchronized (sentAt) {
            return sentAt.size();
        }
    }

    /** Waits until a good many that are sent from now on have come. */
    void reaches() {
        int from = sent();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (count(from) < 50) {
            assertThat(System.nanoTime())
                    .as("datagrams go on arriving; of %s since then, %s did", sent() - from, count(from))
                    .isLessThan(deadline);
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }

    /** Waits until fifty were sent of which none came. @return the number of the first of them */
    int silentFrom() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            int last = heard();
            if (sent() - last > 50) {
                return last;
            }
            assertThat(System.nanoTime()).as("datagrams end arriving").isLessThan(deadline);
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }

    private int heard() {
        synchronized (received) {
            return received.length();
        }
    }

    private int count(int from) {
        synchronized (received) {
            return received.get(from, Math.max(from, received.length())).cardinality();
        }
    }

    /**
     * Of those sent before the last one that came: which did not, and how many ms after {@code from} they were sent. What was under
     * way when the guest was held, so that nothing came after it until then, belongs to the blackout.
     */
    List<String> lostOutside(long from, long to) {
        List<String> lost = new ArrayList<>();
        synchronized (sentAt) {
            synchronized (received) {
                int underWay = received.nextClearBit(0);
                for (int i = 0; i < received.length() && sentAt.get(i) < from; i++) {
                    underWay = received.get(i) ? i + 1 : underWay;
                }
                for (int i = received.nextSetBit(0); i < received.length(); i++) {
                    long at = sentAt.get(i);
                    if (!received.get(i) && (i < underWay || at > to)) {
                        lost.add("number %d, sent at %.1f ms of %.1f"
                                .formatted(i, (at - from) / 1e6, (to - from) / 1e6));
                    }
                }
            }
        }
        return lost;
    }

    @Override
    public void close() throws InterruptedException {
        ended = true;
        sending.join();
        sender.close();
        receiver.close();
        receiving.join();
    }
}
