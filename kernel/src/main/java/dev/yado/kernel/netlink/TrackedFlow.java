package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;
import org.jspecify.annotations.Nullable;

/**
 * A flow that the kernel tracks, as its first packet said it and as answers to it come back; where addresses are translated, these
 * are not each other's mirror.
 *
 * @param answered there was an answer
 * @param assured it is not the first to be forgotten when there are too many
 * @param timeoutSeconds after which it is forgotten if no packet comes
 * @param tcp null for other protocols
 */
public record TrackedFlow(
        Tuple original,
        Tuple reply,
        boolean answered,
        boolean assured,
        int timeoutSeconds,
        @Nullable Tcp tcp) {

    /**
     * @param protocol IANA's number
     * @param sourcePort of ICMP the identifier; 0 where the protocol has none
     * @param destinationPort of ICMP type times 256 plus code; 0 where the protocol has none
     */
    public record Tuple(Ip source, Ip destination, int protocol, int sourcePort, int destinationPort) {}

    /** @param state as the kernel numbers them, 3 is established @param originalScale of the windows that its first sender announces */
    public record Tcp(int state, int originalScale, int replyScale) {}
}
