package dev.yado.kernel.sys;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.StructLayout;

/** Linux structs on x86-64; struct and member names are those of C. */
final class LinuxLayouts {
    static final StructLayout POLLFD = structLayout(
                    JAVA_INT.withName("fd"), JAVA_SHORT.withName("events"), JAVA_SHORT.withName("revents"))
            .withName("pollfd");

    /** Packed: data is not aligned. */
    static final StructLayout EPOLL_EVENT = structLayout(
                    JAVA_INT.withName("events"), JAVA_LONG_UNALIGNED.withName("data"))
            .withName("epoll_event");

    static final StructLayout SIGACTION = structLayout(
                    JAVA_LONG.withName("sa_handler"),
                    sequenceLayout(128, JAVA_BYTE).withName("sa_mask"),
                    JAVA_INT.withName("sa_flags"),
                    paddingLayout(4),
                    JAVA_LONG.withName("sa_restorer"))
            .withName("sigaction");

    /** Of the union behind the name only what is used here. */
    static final StructLayout IFREQ = structLayout(
                    sequenceLayout(LinuxNumbers.IFNAMSIZ, JAVA_BYTE).withName("ifr_name"),
                    JAVA_SHORT.withName("ifr_flags"),
                    paddingLayout(22))
            .withName("ifreq");

    /** What lies before each frame of a TAP with IFF_VNET_HDR. */
    static final StructLayout VIRTIO_NET_HDR = structLayout(
                    JAVA_BYTE.withName("flags"),
                    JAVA_BYTE.withName("gso_type"),
                    JAVA_SHORT.withName("hdr_len"),
                    JAVA_SHORT.withName("gso_size"),
                    JAVA_SHORT.withName("csum_start"),
                    JAVA_SHORT.withName("csum_offset"))
            .withName("virtio_net_hdr");

    /** {@code siginfo_t}, as {@code waitid} fills it. */
    static final long SIGINFO_BYTES = 128;

    static final long SIGINFO_CODE = 8;
    static final long SIGINFO_PID = 16;
    static final long SIGINFO_STATUS = 24;

    private LinuxLayouts() {}

    static long offset(StructLayout layout, String member) {
        return layout.byteOffset(groupElement(member));
    }
}
