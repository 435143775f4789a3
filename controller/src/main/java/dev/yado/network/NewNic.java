package dev.yado.network;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network card that a caller asks for.
 *
 * @param address null: the next free one of each family of the network
 * @param groups empty: the tenant's default group
 */
public record NewNic(
        NetworkId network,
        @Nullable Ip address,
        @Nullable Mac mac,
        List<SecurityGroupId> groups,
        @Nullable Qos qos) {
    public NewNic {
        groups = List.copyOf(groups);
    }

    /** Without limits. */
    public NewNic(NetworkId network, @Nullable Ip address, @Nullable Mac mac, List<SecurityGroupId> groups) {
        this(network, address, mac, groups, null);
    }

    /** @throws dev.yado.protocol.YadoException {@code INVALID_REQUEST} */
    public static NewNic of(
            int index,
            NetworkId network,
            @Nullable String address,
            @Nullable String mac,
            List<SecurityGroupId> groups,
            @Nullable Qos qos) {
        String field = "nics[" + index + "]";
        return new NewNic(
                network,
                address == null ? null : AddressText.ip(field + ".address", address),
                mac == null ? null : AddressText.mac(field + ".mac", mac),
                groups,
                qos);
    }
}
