package dev.yado.kernel;

import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.PacketCalls;
import java.io.IOException;

/** Sends whole Ethernet frames out at the links of one network namespace. */
public final class PacketSocket implements AutoCloseable {
    private final Fd fd;

    private PacketSocket(Fd fd) {
        this.fd = fd;
    }

    public static PacketSocket open(NetworkNamespace namespace) throws IOException {
        return new PacketSocket(namespace.call(PacketCalls::open));
    }

    /** @param link the index of one that is up: ENETDOWN otherwise */
    public void send(int link, byte[] frame) throws IOException {
        PacketCalls.send(fd, link, frame);
    }

    @Override
    public void close() {
        fd.close();
    }
}
