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

    private LinuxLayouts() {}

    static long offset(StructLayout layout, String member) {
        return layout.byteOffset(groupElement(member));
    }
}
