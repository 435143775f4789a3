package dev.yado.network.linux;

import dev.yado.kernel.netlink.AddressRequests;
import dev.yado.kernel.netlink.InterfaceAddress;
import dev.yado.kernel.netlink.Link;
import dev.yado.kernel.netlink.LinkRequests;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import dev.yado.network.ServiceAddresses;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.Subnet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The services' addresses, and that the devices they are on are up. */
final class WantedAddresses {
    private static final int LINK_LOCAL_PREFIX = 64;

    private WantedAddresses() {}

    static List<Change> changes(RouteSocket inside, HostNetwork network) throws IOException {
        List<Change> changes = new ArrayList<>();
        List<Link> links = inside.links();
        for (Link link : links) {
            if ((link.name().equals(Links.LOOPBACK) || link.name().equals(Links.BRIDGE)) && !link.up()) {
                changes.add(new Change(
                        Difference.changed("the link " + link.name() + ", which was down"),
                        inside,
                        LinkRequests.up(link.index())));
            }
        }
        for (Link link : links) {
            if (link.name().equals(Links.BRIDGE)) {
                changes.addAll(changes(inside, network, link.index()));
            }
        }
        return changes;
    }

    private static List<Change> changes(RouteSocket inside, HostNetwork network, int bridge) throws IOException {
        Set<InterfaceAddress> wanted = wanted(network, bridge);
        Set<InterfaceAddress> there = new LinkedHashSet<>(inside.addresses().stream()
                .filter(address -> address.link() == bridge)
                .toList());
        List<Change> changes = new ArrayList<>();
        for (InterfaceAddress address : there) {
            if (!wanted.contains(address)) {
                changes.add(new Change(
                        Difference.foreign("the address " + text(address)), inside, AddressRequests.delete(address)));
            }
        }
        for (InterfaceAddress address : wanted) {
            if (!there.contains(address)) {
                changes.add(new Change(
                        Difference.missing("the service address " + text(address)),
                        inside,
                        AddressRequests.add(address)));
            }
        }
        return changes;
    }

    private static Set<InterfaceAddress> wanted(HostNetwork network, int bridge) {
        Set<InterfaceAddress> wanted = new LinkedHashSet<>();
        wanted.add(new InterfaceAddress(bridge, ServiceAddresses.METADATA, ServiceAddresses.METADATA.bits()));
        wanted.add(new InterfaceAddress(bridge, ServiceAddresses.LINK_LOCAL, LINK_LOCAL_PREFIX));
        for (Subnet subnet : network.subnets()) {
            wanted.add(
                    new InterfaceAddress(bridge, subnet.service(), subnet.cidr().prefix()));
        }
        return wanted;
    }

    private static String text(InterfaceAddress address) {
        return address.address() + "/" + address.prefix();
    }
}
