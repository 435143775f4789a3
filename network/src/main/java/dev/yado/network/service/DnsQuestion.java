package dev.yado.network.service;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.protocol.address.Ip;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Asks a name server in a namespace whether it has an address for a name. */
final class DnsQuestion {
    private static final int PORT = 53;
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    private static final int PATIENCE_MILLIS = 50;

    private DnsQuestion() {}

    /** @param code 0 without error, 3 no such name, 5 refused */
    record Reply(int code, int answers) {}

    /**
     * Asks until the server knows the name or the deadline is over; a server that is just starting refuses or is silent at first.
     *
     * @return whether it does
     */
    static boolean known(NetworkNamespace namespace, Ip server, String name, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        byte[] question = question(name, server);
        try (DatagramSocket socket = socket(namespace, server)) {
            do {
                if (exchange(socket, question)
                        .filter(reply -> reply.code() == 0 && reply.answers() > 0)
                        .isPresent()) {
                    return true;
                }
            } while (System.nanoTime() < deadline);
            return false;
        }
    }

    /** Asks once; empty: the server is silent. */
    static Optional<Reply> ask(NetworkNamespace namespace, Ip server, String name) throws IOException {
        try (DatagramSocket socket = socket(namespace, server)) {
            return exchange(socket, question(name, server));
        }
    }

    private static DatagramSocket socket(NetworkNamespace namespace, Ip server) throws IOException {
        // Bound to the server's own address: an unbound one would ask for a route that no reply needs.
        InetAddress here = server.inet();
        DatagramSocket socket = namespace.call(() -> new DatagramSocket(new InetSocketAddress(here, 0)));
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(here, PORT));
        return socket;
    }

    private static Optional<Reply> exchange(DatagramSocket socket, byte[] question) throws IOException {
        byte[] answer = new byte[512];
        try {
            socket.send(new DatagramPacket(question, question.length));
            socket.receive(new DatagramPacket(answer, answer.length));
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        } catch (PortUnreachableException e) {
            Thread.onSpinWait();
            return Optional.empty();
        }
        return Optional.of(new Reply(answer[3] & 15, (answer[6] & 255) << 8 | answer[7] & 255));
    }

    private static byte[] question(String name, Ip server) {
        int type = server.v6() ? TYPE_AAAA : TYPE_A;
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(new byte[] {0x59, 0x44, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (String label : name.split("\\.")) {
            byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
            message.write(bytes.length);
            message.writeBytes(bytes);
        }
        message.writeBytes(new byte[] {0, 0, (byte) type, 0, 1});
        return message.toByteArray();
    }
}
