package dev.yado.kernel;

import dev.yado.kernel.sys.Errno;
import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.SystemCallException;
import dev.yado.kernel.sys.TapCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * A network card whose other end is this process, or one that inherits the descriptor. Every frame has a virtio-net header before
 * it. The device ends when the last descriptor of it is closed, wherever.
 */
public final class TapDevice implements Inheritable {
    private static final int MAX_FRAME_BYTES = 65_536 + 256;

    private final String name;
    private final Fd fd;

    private TapDevice(String name, Fd fd) {
        this.name = name;
        this.fd = fd;
    }

    /** Makes the device, which is down. None when the namespace has a device of this name. */
    public static Optional<TapDevice> create(NetworkNamespace namespace, String name) throws IOException {
        try {
            return Optional.of(new TapDevice(name, namespace.call(() -> TapCalls.create(name))));
        } catch (SystemCallException e) {
            if (e.errno() == Errno.EBUSY) {
                return Optional.empty();
            }
            throw e;
        }
    }

    public String name() {
        return name;
    }

    /** Sends as the card's owner. EIO while the device is down. */
    public void send(byte[] frame) throws IOException {
        byte[] bytes = new byte[TapCalls.HEADER_BYTES + frame.length];
        System.arraycopy(frame, 0, bytes, TapCalls.HEADER_BYTES, frame.length);
        if (!fd.write(bytes)) {
            throw new IOException(name + " took only a part of a frame of " + frame.length + " bytes");
        }
    }

    /** The next frame to the card's owner; waits for it in this platform thread. None when there is none in time. */
    public Optional<byte[]> receive(Duration patience) throws IOException {
        if (!fd.readable(patience)) {
            return Optional.empty();
        }
        byte[] bytes = fd.read(TapCalls.HEADER_BYTES + MAX_FRAME_BYTES);
        return Optional.of(Arrays.copyOfRange(bytes, TapCalls.HEADER_BYTES, bytes.length));
    }

    Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
