package dev.yado.network.service;

import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.StaticRoute;
import dev.yado.protocol.network.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How one card of a guest is to be set: the same facts for the seed disk and for both dialects of the metadata service.
 *
 * @param dns in the order in which to ask: only the network's own know its names, only the others know those of the world
 * @param mtu 0 where the network is not known
 * @param search the domain of the network; null where it is not known
 */
record Wiring(
        NicSpec nic,
        int mtu,
        List<Interface> addresses,
        List<StaticRoute> routes,
        List<Ip> dns,
        @Nullable String search) {

    /** Of all cards in their order. Only the first that has a gateway of a family is told it. */
    static List<Wiring> of(Guest guest, Map<NetworkId, HostNetwork> networks) {
        List<Wiring> all = new ArrayList<>();
        for (NicSpec nic : guest.nics()) {
            boolean v4 = all.stream().anyMatch(wiring -> wiring.leads(false));
            boolean v6 = all.stream().anyMatch(wiring -> wiring.leads(true));
            all.add(of(nic, Optional.ofNullable(networks.get(nic.network())), v4, v6));
        }
        return all;
    }

    private static Wiring of(NicSpec nic, Optional<HostNetwork> network, boolean hasWay4, boolean hasWay6) {
        List<Subnet> subnets = network.stream()
                .flatMap(known -> known.subnets().stream())
                .filter(subnet -> nic.addresses().stream()
                        .anyMatch(address -> subnet.cidr().contains(address.address())))
                .toList();
        List<StaticRoute> routes = new ArrayList<>();
        for (Subnet subnet : subnets) {
            boolean v6 = subnet.cidr().v6();
            boolean named =
                    routes.stream().anyMatch(route -> route.destination().contains(ServiceAddresses.METADATA));
            if (!v6 && !named) {
                routes.add(new StaticRoute(Cidr.around(ServiceAddresses.METADATA, 32), subnet.service()));
            }
            routes.addAll(subnet.routes());
            boolean has = (v6 ? hasWay6 : hasWay4) || leads(routes, v6);
            Ip gateway = subnet.gateway();
            if (gateway != null && !has) {
                routes.add(new StaticRoute(Cidr.around(gateway, 0), gateway));
            }
        }
        return new Wiring(
                nic,
                network.map(HostNetwork::mtu).orElse(0),
                nic.addresses(),
                routes,
                servers(subnets),
                network.map(known -> Names.domain(known.name())).orElse(null));
    }

    private static List<Ip> servers(List<Subnet> subnets) {
        return Stream.concat(
                        subnets.stream().map(Subnet::service),
                        subnets.stream().flatMap(subnet -> subnet.dnsServers().stream()))
                .distinct()
                .toList();
    }

    private boolean leads(boolean v6) {
        return leads(routes, v6);
    }

    private static boolean leads(List<StaticRoute> routes, boolean v6) {
        return routes.stream()
                .anyMatch(route ->
                        route.destination().prefix() == 0 && route.destination().v6() == v6);
    }

    Stream<StaticRoute> routes(boolean v6) {
        return routes.stream().filter(route -> route.destination().v6() == v6);
    }

    /** Whether the network is known here: without its subnets the guest has to ask by DHCP. */
    boolean known() {
        return mtu > 0;
    }
}
