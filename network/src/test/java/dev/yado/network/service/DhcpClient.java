package dev.yado.network.service;

import dev.yado.kernel.TapDevice;
import dev.yado.network.nft.Frames;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Asks for an IPv4 address frame by frame, as a guest's kernel does. */
public final class DhcpClient {
    public static final int DISCOVER = 1;
    public static final int OFFER = 2;
    public static final int REQUEST = 3;
    public static final int ACK = 5;
    public static final int ROUTES = 121;
    public static final int MTU = 26;
    public static final int DNS = 6;

    private static final int TRANSACTION = 0x59414431;
    private static final int FRAME_TO_UDP = 14 + 20;
    private static final int UDP_TO_OPTIONS = 8 + 240;

    private final TapDevice card;
    private final Mac mac;
    private final short flags;

    /** @param options by their numbers */
    public record Answer(Ip address, Map<Integer, byte[]> options) {
        public int kind() {
            return options.getOrDefault(53, new byte[] {0})[0];
        }
    }

    private DhcpClient(TapDevice card, Mac mac, short flags) {
        this.card = card;
        this.mac = mac;
        this.flags = flags;
    }

    /** One that wants its answers sent to all. */
    public static DhcpClient ofBroadcasts(TapDevice card, Mac mac) {
        return new DhcpClient(card, mac, (short) 0x8000);
    }

    /** One that gets packets for the address that it does not have yet. */
    public static DhcpClient ofUnicasts(TapDevice card, Mac mac) {
        return new DhcpClient(card, mac, (short) 0);
    }

    public void send(int kind, Optional<Ip> wanted) throws IOException {
        Ip none = Ip.parse("0.0.0.0");
        Ip all = Ip.parse("255.255.255.255");
        ByteBuffer message = ByteBuffer.allocate(300);
        message.put(new byte[] {1, 1, 6, 0})
                .putInt(TRANSACTION)
                .putShort((short) 0)
                .putShort(flags);
        message.position(28).put(mac.bytes());
        message.position(236).putInt(0x63825363).put(new byte[] {53, 1, (byte) kind, 55, 4, MTU, DNS, 3, ROUTES});
        wanted.ifPresent(address -> message.put(new byte[] {50, 4}).put(address.bytes()));
        message.put((byte) 255);
        card.send(Frames.ethernet(
                Frames.BROADCAST,
                mac,
                Frames.IPV4,
                Frames.ip(none, all, 17, Frames.udp(none, all, 68, 67, message.array()))));
    }

    /** The next answer of a server to it, as long as there are frames. */
    public Optional<Answer> answer(Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<byte[]> frame = card.receive(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            if (frame.isPresent() && isAnswer(frame.get())) {
                return Optional.of(parse(frame.get()));
            }
        }
        return Optional.empty();
    }

    /** Answers that are broadcast come here as well when they are to others. */
    private boolean isAnswer(byte[] frame) {
        return frame.length > FRAME_TO_UDP + UDP_TO_OPTIONS
                && frame[12] == 8
                && frame[23] == 17
                && frame[FRAME_TO_UDP + 1] == 67
                && ByteBuffer.wrap(frame).getInt(FRAME_TO_UDP + 8 + 4) == TRANSACTION
                && Arrays.equals(frame, FRAME_TO_UDP + 8 + 28, FRAME_TO_UDP + 8 + 34, mac.bytes(), 0, 6);
    }

    private static Answer parse(byte[] frame) {
        byte[] address = new byte[4];
        System.arraycopy(frame, FRAME_TO_UDP + 8 + 16, address, 0, 4);
        Map<Integer, byte[]> options = new TreeMap<>();
        for (int at = FRAME_TO_UDP + UDP_TO_OPTIONS; at < frame.length && frame[at] != (byte) 255; ) {
            byte[] value = new byte[frame[at + 1]];
            System.arraycopy(frame, at + 2, value, 0, value.length);
            options.put(frame[at] & 255, value);
            at += 2 + value.length;
        }
        return new Answer(Ip.of(address), options);
    }
}
