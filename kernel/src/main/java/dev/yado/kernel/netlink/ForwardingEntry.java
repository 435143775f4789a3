package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import org.jspecify.annotations.Nullable;

/** Where packets to an Ethernet address go. */
public sealed interface ForwardingEntry {
    /** The index of the link that the packets go out at. */
    int link();

    /** In the bridge that the link is a port of. @param learned by itself, and forgotten again */
    record OfBridge(Mac mac, int link, boolean learned) implements ForwardingEntry {}

    /** In the tunnel that the link is. @param remote the host behind it; null for an entry without */
    record OfTunnel(Mac mac, int link, @Nullable Ip remote) implements ForwardingEntry {}

    /** In the tunnel: where packets go that are for nobody it knows, or for all. */
    record Flood(int link, Ip remote) implements ForwardingEntry {}
}
