package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Mac;
import org.jspecify.annotations.Nullable;

/**
 * A network device as the kernel has it.
 *
 * @param alias a note of whoever made it; empty: none
 * @param up as it was told to be
 * @param operational whether it sends and receives; some kinds, such as TAPs, never say so
 * @param mac null for a device without
 * @param master the index of the bridge that it is a port of; 0: none
 * @param port what that bridge does there; null without a bridge
 */
public record Link(
        int index,
        String name,
        String alias,
        LinkKind kind,
        boolean up,
        boolean operational,
        int mtu,
        @Nullable Mac mac,
        int master,
        @Nullable BridgePort port,
        Counters counters) {

    /** As the device counts: received is what came in at it, for a TAP what its process sent. */
    public record Counters(
            long receivedPackets,
            long receivedBytes,
            long receivedDropped,
            long sentPackets,
            long sentBytes,
            long sentDropped) {}
}
