package dev.yado.network.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.kernel.TapDevice;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A guest with one card, as far as its frames go. */
record TestingGuest(Port port, TapDevice tap) implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    Mac mac() {
        return port.mac();
    }

    Ip ip() {
        return port.addresses().getFirst();
    }

    Ip ip6() {
        return port.addresses().getLast();
    }

    void sends(byte[] frame) throws IOException {
        tap.send(frame);
    }

    void says(String text, TestingGuest to) throws IOException {
        sends(Frames.udp(mac(), ip(), to.mac().bytes(), to.ip(), text));
    }

    /** Whether such a frame arrives in time; all others are passed over. */
    boolean gets(Predicate<byte[]> wanted) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            Optional<byte[]> frame = left.isPositive() ? tap.receive(left) : Optional.empty();
            if (frame.isEmpty()) {
                return false;
            }
            if (wanted.test(frame.get())) {
                return true;
            }
        }
    }

    boolean hears(String text) throws IOException {
        return gets(frame -> Frames.isUdp(frame, text));
    }

    /** Frames of the other sort that come before the text: nothing got through that was sent before it. */
    List<String> hearsBefore(String text, Predicate<byte[]> unwanted) throws IOException {
        List<String> before = new ArrayList<>();
        boolean heard = gets(frame -> {
            if (unwanted.test(frame)) {
                before.add(HexFormat.of().formatHex(frame));
            }
            return Frames.isUdp(frame, text);
        });
        assertThat(heard).as("%s hears %s after %s", ip(), text, before).isTrue();
        return before;
    }

    @Override
    public void close() {
        tap.close();
    }
}
