package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static dev.yado.kernel.sys.NetlinkLayouts.SOCKADDR_LL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** A socket that sends whole Ethernet frames and receives none. */
public final class PacketCalls {
    // int socket(int domain, int type, int protocol)
    private static final MethodHandle SOCKET =
            Downcall.handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    // ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *addr, socklen_t addrlen)
    private static final MethodHandle SENDTO = Downcall.handle(
            "sendto", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

    private PacketCalls() {}

    /** In the network namespace of the calling thread. */
    public static Fd open() throws IOException {
        // SAFETY: no pointers. Protocol 0: nothing is received.
        return new Fd(Downcall.run("socket AF_PACKET", state -> (int) SOCKET.invokeExact(
                state, NetlinkNumbers.AF_PACKET, NetlinkNumbers.SOCK_RAW | NetlinkNumbers.SOCK_CLOEXEC, 0)));
    }

    /** Out at the link of this index. */
    public static void send(Fd socket, int link, byte[] frame) throws IOException {
        int self = socket.number();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_LL);
            address.set(JAVA_SHORT, offset(SOCKADDR_LL, "sll_family"), (short) NetlinkNumbers.AF_PACKET);
            address.set(JAVA_INT, offset(SOCKADDR_LL, "sll_ifindex"), link);
            MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, frame);
            // SAFETY: the kernel reads the frame and one sockaddr_ll, both of the lengths that are said, during the
            // call.
            Downcall.run("sendto AF_PACKET", state -> (long) SENDTO.invokeExact(
                    state, self, bytes, (long) frame.length, 0, address, (int) SOCKADDR_LL.byteSize()));
        }
    }
}
