package dev.yado.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;

/** The database's port on the loopback interface: the same one at every start, as long as nobody else has taken it. */
record PortChoice(Path file) {
    /** Below the range from which the kernel gives ports to outgoing connections. */
    private static final int LOWEST = 20_000;

    private static final int HIGHEST = 32_000;

    /** The kept port when it is free, else another free one, which is then kept. */
    int choose() {
        int kept = kept();
        if (kept > 0 && isFree(kept)) {
            return kept;
        }
        Random random = new Random();
        for (int attempt = 0; attempt < 1000; attempt++) {
            int port = random.nextInt(LOWEST, HIGHEST);
            if (isFree(port)) {
                keep(port);
                return port;
            }
        }
        throw new EmbeddedPostgresException(
                "No free port between " + LOWEST + " and " + HIGHEST + " on 127.0.0.1.",
                "Look at what listens: ss -ltnp");
    }

    void keep(int port) {
        try {
            Files.writeString(file, port + "\n");
        } catch (IOException failure) {
            throw new EmbeddedPostgresException("Cannot write " + file + ": " + failure, "Check the disk.", failure);
        }
    }

    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    private int kept() {
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (NoSuchFileException | NumberFormatException none) {
            return 0;
        } catch (IOException failure) {
            throw new EmbeddedPostgresException("Cannot read " + file + ": " + failure, "Check its mode.", failure);
        }
    }
}
