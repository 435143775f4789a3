package dev.yado.protocol.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A router that this host is the gateway of, whole. Its ports are also in the {@link HostNetwork}s of their networks, which the
 * host has been given before.
 *
 * @param generation grows with every change, also when another host becomes the gateway
 */
public record HostRouter(
        RouterId id,
        TenantId tenantId,
        String name,
        long generation,
        List<Leg> legs,
        @Nullable Uplink uplink,
        List<FloatingIp> floatingIps,
        List<PortForwarding> portForwardings,
        List<StaticRoute> routes) {
    public HostRouter {
        legs = List.copyOf(legs);
        floatingIps = List.copyOf(floatingIps);
        portForwardings = List.copyOf(portForwardings);
        routes = List.copyOf(routes);
    }

    /** A foot in a network: the router answers at these addresses. @param addresses with the length of their subnet, such as 10.0.0.1/24 */
    public record Leg(NicId nic, NetworkId network, Mac mac, List<Interface> addresses) {
        public Leg {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * The way out, a leg in a provider network.
     *
     * @param gateways the next hops of the default routes, at most one of each family
     * @param snat whether what has no floating IP leaves with the first address of its family
     */
    public record Uplink(
            Segment segment, Mac mac, int mtu, List<Interface> addresses, List<Ip> gateways, boolean snat) {
        public Uplink {
            addresses = List.copyOf(addresses);
            gateways = List.copyOf(gateways);
        }
    }

    /** All that arrives for {@code address} goes to {@code fixed} and leaves as coming from it. */
    public record FloatingIp(Ip address, Ip fixed) {}

    /** @param protocol TCP or UDP */
    public record PortForwarding(Ip address, SecurityRule.Protocol protocol, int port, Ip fixed, int fixedPort) {}
}
