package dev.yado.protocol.migration;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Ip;
import org.jspecify.annotations.Nullable;

/**
 * A flow of one of a guest's cards, as the host that it leaves tracks it. The other host judges it by its own rules once more; that it
 * knows the flow only makes an answer an answer there.
 *
 * @param network that the card is in
 * @param original as its first packet said it
 * @param reply as answers to it come back
 * @param answered there was one
 * @param assured it is not the first to be forgotten
 * @param timeoutSeconds after which it is forgotten without a packet
 * @param tcp null for other protocols
 */
public record MovedFlow(
        NetworkId network,
        Tuple original,
        Tuple reply,
        boolean answered,
        boolean assured,
        int timeoutSeconds,
        @Nullable Tcp tcp) {

    /**
     * @param protocol IANA's number
     * @param sourcePort for ICMP the identifier; 0 where the protocol has none
     * @param destinationPort for ICMP type times 256 plus code; 0 where the protocol has none
     */
    public record Tuple(Ip source, Ip destination, int protocol, int sourcePort, int destinationPort) {}

    /** @param state as Linux numbers them, 3 is established; @param originalScale of the windows that its side announces */
    public record Tcp(int state, int originalScale, int replyScale) {}
}
