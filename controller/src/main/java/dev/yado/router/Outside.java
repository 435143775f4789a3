package dev.yado.router;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Ip;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes external addresses, and has the words for why there is none. */
final class Outside {
    private Outside() {}

    /** For a router: the asked one, or the next of each family that has any left. At least one. */
    static void take(
            RouterRows rows,
            Ground.Network network,
            List<Ground.Subnet> subnets,
            NicId nic,
            @Nullable Ip asked,
            TenantId tenant) {
        if (asked != null) {
            Ground.Subnet subnet = holding(network, subnets, asked);
            refuse(
                    rows.take(subnet.id(), nic, asked, "NIC", tenant),
                    asked,
                    subnet.cidr().toString());
            return;
        }
        boolean any = false;
        for (boolean v6 : new boolean[] {false, true}) {
            any |= next(rows, of(subnets, v6), nic, "NIC", tenant) != null;
        }
        if (!any) {
            throw exhausted(network, subnets);
        }
    }

    /** For a floating IP: the asked one, or the next, IPv4 before IPv6. */
    static Ip takeFloating(
            RouterRows rows, Ground.Network network, List<Ground.Subnet> subnets, @Nullable Ip asked, TenantId tenant) {
        if (asked != null) {
            Ground.Subnet subnet = holding(network, subnets, asked);
            return refuse(
                    rows.take(subnet.id(), null, asked, "FLOATING", tenant),
                    asked,
                    subnet.cidr().toString());
        }
        List<Ground.Subnet> order = new ArrayList<>(of(subnets, false));
        order.addAll(of(subnets, true));
        Ip taken = next(rows, order, null, "FLOATING", tenant);
        if (taken == null) {
            throw exhausted(network, subnets);
        }
        return taken;
    }

    private static @Nullable Ip next(
            RouterRows rows, List<Ground.Subnet> subnets, @Nullable NicId nic, String use, TenantId tenant) {
        for (Ground.Subnet subnet : subnets) {
            Ip taken = rows.take(subnet.id(), nic, null, use, tenant).address();
            if (taken != null) {
                return taken;
            }
        }
        return null;
    }

    private static List<Ground.Subnet> of(List<Ground.Subnet> subnets, boolean v6) {
        return subnets.stream().filter(subnet -> subnet.cidr().v6() == v6).toList();
    }

    private static Ground.Subnet holding(Ground.Network network, List<Ground.Subnet> subnets, Ip asked) {
        Ground.Subnet subnet = subnets.stream()
                .filter(each -> each.cidr().contains(asked))
                .findFirst()
                .orElseThrow(() -> new YadoException(
                        ErrorCode.ADDRESS_OUTSIDE_SUBNET, asked + " is in no subnet of the network " + network.name()));
        if (!subnet.gives(asked)) {
            throw new YadoException(
                    ErrorCode.ADDRESS_OUTSIDE_SUBNET,
                    asked + " is not the cloud's to give: of " + subnet.cidr() + " it gives " + subnet.first() + " to "
                            + subnet.last());
        }
        return subnet;
    }

    /** The address, or the reason as an error. */
    static Ip refuse(RouterRows.Taken taken, Ip asked, String cidr) {
        Ip address = taken.address();
        if (address != null && taken.outcome().equals("TAKEN_NOW")) {
            return address;
        }
        throw switch (taken.outcome()) {
            case "OUTSIDE" ->
                new YadoException(ErrorCode.ADDRESS_OUTSIDE_SUBNET, asked + " is not in the subnet " + cidr);
            case "RESERVED" ->
                new YadoException(ErrorCode.ADDRESS_RESERVED, asked + " is reserved in the subnet " + cidr);
            case "TAKEN" -> new YadoException(ErrorCode.ADDRESS_TAKEN, asked + " of " + cidr + " is taken");
            default -> new YadoException(ErrorCode.NOT_FOUND, "the subnet " + cidr + " is gone");
        };
    }

    private static YadoException exhausted(Ground.Network network, List<Ground.Subnet> subnets) {
        return new YadoException(
                ErrorCode.ADDRESSES_EXHAUSTED,
                subnets.isEmpty()
                        ? "the external network " + network.name() + " has no subnet"
                        : "every address that the external network " + network.name() + " gives is taken");
    }
}
