package dev.yado.network.linux;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.TapDevice;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.Port;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A guest with a network stack of its own: a namespace whose card's frames two threads carry to and from the TAP that a host gave. What
 * migration does to a real guest is here to carry them to another TAP.
 */
final class MovableGuest implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    final Port port;
    private final Path file;
    private final NetworkNamespace inside;
    private final TapDevice card;
    private final Thread outward;
    private final Thread inward;
    private volatile @Nullable TapDevice plugged;
    private volatile boolean ended;

    MovableGuest(Path file, Port port) throws IOException {
        this.file = file;
        this.port = port;
        this.inside = NetworkNamespace.create(file);
        this.card = TapDevice.create(inside, "eth0").orElseThrow();
        run("ip link set lo up");
        run("ip link set eth0 address " + port.mac() + " mtu " + TestingCloud.MTU + " up");
        run("ip address add " + ip() + "/24 dev eth0");
        run("ip route add default via 10.0.0.1");
        outward = Thread.ofPlatform().daemon().start(() -> carry(true));
        inward = Thread.ofPlatform().daemon().start(() -> carry(false));
    }

    Ip ip() {
        return port.addresses().getFirst();
    }

    /** @param tap null: it is held, and what it would send or get is lost */
    void plug(@Nullable TapDevice tap) {
        plugged = tap;
    }

    private void carry(boolean out) {
        while (!ended) {
            TapDevice host = plugged;
            TapDevice from = out ? card : host;
            try {
                Optional<byte[]> frame = from == null ? Optional.empty() : from.receive(LOOK_EVERY);
                TapDevice to = out ? plugged : card;
                if (frame.isPresent() && to != null && (out || host == plugged)) {
                    to.send(frame.get());
                } else if (from == null) {
                    Thread.onSpinWait();
                }
            } catch (IOException e) {
                // The device is down, or the guest has ended.
            }
        }
    }

    void run(String command) throws IOException {
        inside.call(() -> {
            Process process = new ProcessBuilder(command.split(" "))
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (process.waitFor() != 0) {
                    throw new IOException(command + ": " + said);
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return said;
        });
    }

    ServerSocket listens(int at) throws IOException {
        return inside.call(() -> new ServerSocket(at, 5, InetAddress.getByName(ip().toString())));
    }

    Socket connects(Ip to, int at) throws IOException {
        return inside.call(() -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(to.toString(), at), 5_000);
            return socket;
        });
    }

    DatagramSocket datagrams(int at) throws IOException {
        return inside.call(() -> new DatagramSocket(at, InetAddress.getByName(ip().toString())));
    }

    @Override
    public void close() {
        ended = true;
        try {
            outward.join();
            inward.join();
            card.close();
            inside.close();
            NetworkNamespace.forget(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
