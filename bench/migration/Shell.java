import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The root shell that a witness guest has on its first serial port. */
final class Shell {
    private Shell() {}

    /** Returns what the command has said. */
    static String run(Path socket, String command, Duration patience) throws Exception {
        String end = "end-" + System.nanoTime();
        // The echo of the line has the marker in two words, the answer in one.
        String line = command + "; echo " + end.substring(0, 4) + "\"\"" + end.substring(4) + "\n";
        StringBuilder said = new StringBuilder();
        try (SocketChannel serial = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            serial.connect(UnixDomainSocketAddress.of(socket));
            Thread reader = Thread.ofVirtual().start(() -> read(serial, said));
            serial.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
            await(command + " in " + socket, patience, () -> {
                synchronized (said) {
                    return said.indexOf(end) >= 0;
                }
            });
            serial.close();
            reader.join();
        }
        return said.substring(0, said.indexOf(end));
    }

    private static void read(SocketChannel serial, StringBuilder said) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        try {
            while (serial.read(buffer) >= 0) {
                synchronized (said) {
                    said.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
                }
                buffer.clear();
            }
        } catch (IOException _) {
            // Closed: the answer is there.
        }
    }

    static void awaitReady(Path log) {
        awaitWords(log, "yado-guest: ready");
    }

    /** Until the guest has said so on its first serial port. */
    static void awaitWords(Path log, String words) {
        await(words + " in " + log, Duration.ofMinutes(2), () -> {
            try {
                return Files.exists(log) && Files.readString(log, StandardCharsets.ISO_8859_1).contains(words);
            } catch (IOException e) {
                return false;
            }
        });
    }

    static void await(String what, Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited " + patience.toSeconds() + " s in vain for " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}
