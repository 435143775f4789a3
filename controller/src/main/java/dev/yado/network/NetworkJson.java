package dev.yado.network;

import dev.yado.api.generated.model.Network;
import dev.yado.api.generated.model.NetworkCreate;
import dev.yado.api.generated.model.NetworkHost;
import dev.yado.api.generated.model.NetworkProvider;
import dev.yado.api.generated.model.Subnet;
import dev.yado.api.generated.model.SubnetCreate;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.Segment;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Networks and subnets between the API's words and ours. */
final class NetworkJson {
    private NetworkJson() {}

    static Networks.NewSubnet newSubnet(SubnetCreate asked) {
        List<Ip> servers = new ArrayList<>();
        for (String server : asked.getDnsServers() == null ? List.<String>of() : asked.getDnsServers()) {
            servers.add(AddressText.ip("dnsServers[" + servers.size() + "]", server));
        }
        return new Networks.NewSubnet(
                AddressText.subnet("cidr", asked.getCidr()), asked.getGateway(), asked.getDhcp(), servers);
    }

    /** To be called when there is a provider. */
    static ProviderNetworks.NewProvider newProvider(NetworkCreate asked) {
        NetworkProvider provider = Objects.requireNonNull(asked.getProvider());
        return new ProviderNetworks.NewProvider(
                asked.getName(),
                asked.getMtu(),
                provider.getName(),
                provider.getVlan(),
                Boolean.TRUE.equals(asked.getExternal()),
                Boolean.TRUE.equals(asked.getShared()));
    }

    static ProviderNetworks.NewRange newRange(SubnetCreate asked) {
        return new ProviderNetworks.NewRange(
                ip("gatewayAddress", asked.getGatewayAddress()),
                ip("rangeFirst", asked.getRangeFirst()),
                ip("rangeLast", asked.getRangeLast()));
    }

    private static @Nullable Ip ip(String field, @Nullable String text) {
        return text == null ? null : AddressText.ip(field, text);
    }

    /** @param named whether it is said what carries it */
    static Network of(NetworkView.Detail detail, boolean named) {
        return of(detail.network(), named)
                .generation(detail.generation())
                .subnets(
                        detail.network().subnets().stream().map(NetworkJson::of).toList())
                .hosts(detail.hosts().stream().map(NetworkJson::of).toList());
    }

    static Network of(NetworkView network, boolean named) {
        return new Network(
                        network.id().value(),
                        network.name(),
                        network.shared(),
                        network.external(),
                        network.mtu(),
                        network.createdAt().atOffset(ZoneOffset.UTC))
                .tenantId(network.tenant() == null ? null : network.tenant().value())
                .segment(named ? text(network.segment()) : null);
    }

    private static String text(Segment segment) {
        return switch (segment) {
            case Segment.Overlay(int vni) -> "VNI " + vni;
            case Segment.Flat(String provider) -> provider;
            case Segment.Vlan(String provider, int tag) -> "VLAN " + tag + " of " + provider;
        };
    }

    private static NetworkHost of(NetworkView.Carrier host) {
        return new NetworkHost(host.host().value(), host.wanted(), host.acknowledged()).problem(host.problem());
    }

    static Subnet of(SubnetView subnet) {
        return new Subnet(
                        subnet.id().value(),
                        subnet.network().value(),
                        subnet.cidr().toString(),
                        subnet.service().toString(),
                        subnet.dhcp(),
                        subnet.dnsServers().stream().map(Ip::toString).toList(),
                        subnet.createdAt().atOffset(ZoneOffset.UTC))
                .gatewayAddress(text(subnet.gateway()));
    }

    private static @Nullable String text(@Nullable Ip ip) {
        return ip == null ? null : ip.toString();
    }
}
