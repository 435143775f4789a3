package dev.yado.kernel.netlink;

/**
 * What a bridge does at one of its ports.
 *
 * @param learning whether senders' addresses are remembered
 * @param unknownFlood whether packets to unknown stations go out here
 * @param answered whether requests for known neighbours behind this port are answered by the bridge in their stead, and not sent out here
 */
public record BridgePort(
        boolean learning, boolean unknownFlood, boolean broadcastFlood, boolean multicastFlood, boolean answered) {}
