package dev.yado.network.linux;

import dev.yado.network.Difference;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.RouterId;
import java.io.IOException;
import java.util.List;

/**
 * What makes a router of a namespace: the driver has made the namespace, in which forwarding is still off, and for each leg the pair of
 * devices between it and the bridge of the network, and for the uplink the pair to the provider's bridge. The part gives them their
 * addresses, routes and rules, and lets packets pass when those hold. The rest is as for {@link NetworkPart}.
 */
public interface RouterPart {
    /** The router's device to its provider network, in the router's namespace. */
    String UPLINK = "up0";

    List<Difference> apply(Ground ground, HostRouter router) throws IOException;

    List<Difference> differences(Ground ground, HostRouter router) throws IOException;

    void remove(RouterId router, Ground ground) throws IOException;
}
