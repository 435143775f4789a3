package dev.yado.network.nft;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.TapDevice;
import dev.yado.network.linux.Ground;
import dev.yado.network.linux.Links;
import dev.yado.network.linux.NetworkPart;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A network's bridge in a namespace of its own, with cards whose guests are the test. */
public final class TestingBridge implements AutoCloseable {
    private static final Duration AT_ONCE = Duration.ZERO;
    private static final Duration SOON = Duration.ofSeconds(2);

    private final Path file;
    private final Ground ground;
    private final List<Card> cards = new ArrayList<>();

    /** A guest's end of its card. */
    public static final class Card implements AutoCloseable {
        private final TapDevice tap;

        Card(TapDevice tap) {
            this.tap = tap;
        }

        public void send(byte[] frame) {
            try {
                tap.send(frame);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What the kernel passes from card to card is there when {@link #send} returns: no need to wait for what is not to come. */
        public boolean got(byte[] frame) {
            return got(frame, AT_ONCE);
        }

        /** While something else keeps the kernel busy, such as a change of rules, it may take a moment. */
        public boolean gotSoon(byte[] frame) {
            return got(frame, SOON);
        }

        private boolean got(byte[] frame, Duration patience) {
            while (true) {
                Optional<byte[]> next = next(patience);
                if (next.isEmpty()) {
                    return false;
                }
                if (Arrays.equals(next.get(), frame)) {
                    return true;
                }
            }
        }

        public Optional<byte[]> next(Duration patience) {
            try {
                return tap.receive(patience);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        public Optional<byte[]> nextSoon() {
            return next(SOON);
        }

        public int drain() {
            int count = 0;
            while (next(AT_ONCE).isPresent()) {
                count++;
            }
            return count;
        }

        @Override
        public void close() {
            tap.close();
        }
    }

    public TestingBridge(Path directory) throws IOException {
        assumeRoot();
        file = directory.resolve("netns");
        ground = new Ground(NetworkNamespace.create(file), directory);
        ip("link", "set", "lo", "up");
        ip(
                "link",
                "add",
                Links.BRIDGE,
                "type",
                "bridge",
                "mcast_snooping",
                "0",
                "nf_call_iptables",
                "1",
                "nf_call_ip6tables",
                "1");
        ip("link", "set", Links.BRIDGE, "up");
    }

    public static void assumeRoot() {
        assumeTrue(
                "root".equals(System.getProperty("user.name")), "only root makes network namespaces and packet rules");
    }

    public Ground ground() {
        return ground;
    }

    /** Makes the card as a driver does: its rules before it is up. */
    public Card plug(Firewall firewall, HostNetwork network, Port port) throws IOException {
        return plug(List.of(firewall), network, port);
    }

    public Card plug(List<NetworkPart> parts, HostNetwork network, Port port) throws IOException {
        String name = Links.tap(port.id());
        Card card = new Card(TapDevice.create(ground.namespace(), name).orElseThrow());
        cards.add(card);
        for (NetworkPart part : parts) {
            part.plug(ground, network, port, name);
        }
        ip("link", "set", name, "master", Links.BRIDGE, "up");
        return card;
    }

    public void ip(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        run(command.toArray(String[]::new));
    }

    /** Runs a command inside and gives its output. */
    public String run(String... command) throws IOException {
        return ground.namespace().call(() -> {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (process.waitFor() != 0) {
                    throw new IOException(String.join(" ", command) + ": " + output);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
            return output;
        });
    }

    @Override
    public void close() throws IOException {
        cards.forEach(Card::close);
        ground.namespace().close();
        NetworkNamespace.forget(file);
        Files.deleteIfExists(file);
    }
}
