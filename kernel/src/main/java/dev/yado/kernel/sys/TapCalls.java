package dev.yado.kernel.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Makes TAPs in the network namespace of the calling thread. */
public final class TapCalls {
    /** What lies before each frame, read or written: nothing is left for the receiver to do when it is all zero. */
    public static final int HEADER_BYTES = (int) LinuxLayouts.VIRTIO_NET_HDR.byteSize();

    private static final Path DEVICE = Path.of("/dev/net/tun");

    private TapCalls() {}

    /** A device of one queue that ends with its last descriptor. EBUSY: there is a device of this name. */
    public static Fd create(String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length == 0 || bytes.length >= LinuxNumbers.IFNAMSIZ) {
            throw new IllegalArgumentException("not the name of a network device: " + name);
        }
        Fd fd = Fd.openReadWrite(DEVICE);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(LinuxLayouts.IFREQ);
            MemorySegment.copy(bytes, 0, request, JAVA_BYTE, 0, bytes.length);
            int flags = LinuxNumbers.IFF_TAP
                    | LinuxNumbers.IFF_NO_PI
                    | LinuxNumbers.IFF_VNET_HDR
                    | LinuxNumbers.IFF_TUN_EXCL;
            request.set(JAVA_SHORT, LinuxLayouts.offset(LinuxLayouts.IFREQ, "ifr_flags"), (short) flags);
            fd.ioctl("TUNSETIFF " + name, LinuxNumbers.TUNSETIFF, request);
            return fd;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }
}
