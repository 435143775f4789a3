package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;

/**
 * A flow that the kernel tracks, as its first packet said it and as answers to it come back; where addresses are translated, these
 * are not each other's mirror.
 */
public record TrackedFlow(Tuple original, Tuple reply) {

    /** @param protocol IANA's number; @param sourcePort 0 where the protocol has none, the same for the other */
    public record Tuple(Ip source, Ip destination, int protocol, int sourcePort, int destinationPort) {}
}
