package dev.yado.vmmd.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Types into a guest's serial port. The connection is made by the first input and kept, since QEMU serves one at a time; what
 * the guest says on it is thrown away, because it is in the log as well. Thread-safe; inputs are not mixed.
 */
public final class SerialInput implements AutoCloseable {
    private final Path socket;
    private @Nullable SocketChannel connection;

    public SerialInput(Path socket) {
        this.socket = socket;
    }

    /** Waits while the guest does not take it. */
    public synchronized void type(byte[] bytes) throws IOException {
        SocketChannel open = connection;
        if (open == null || !open.isOpen()) {
            open = SocketChannel.open(StandardProtocolFamily.UNIX);
            open.connect(UnixDomainSocketAddress.of(socket));
            SocketChannel drained = open;
            Thread.ofVirtual().name("serial-drain").start(() -> drain(drained));
            connection = open;
        }
        try {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                open.write(left);
            }
        } catch (IOException e) {
            open.close();
            throw e;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (connection != null) {
            connection.close();
        }
    }

    private static void drain(SocketChannel channel) {
        ByteBuffer thrownAway = ByteBuffer.allocate(8 << 10);
        try (channel) {
            while (channel.read(thrownAway) >= 0) {
                thrownAway.clear();
            }
        } catch (IOException e) {
            // The guest has ended or the input was closed.
            return;
        }
    }
}
