package dev.yado.network;

import dev.yado.api.Etag;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.Qos;
import dev.yado.protocol.network.SecurityGroupId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network card of a VM.
 *
 * @param addresses with the lengths of their subnets, IPv4 first
 * @param groups empty where they were not asked for
 */
public record NicView(
        NicId id,
        VmId vm,
        NetworkId network,
        TenantId tenant,
        Mac mac,
        List<Interface> addresses,
        List<SecurityGroupId> groups,
        @Nullable Qos qos,
        Instant createdAt) {
    public NicView {
        addresses = List.copyOf(addresses);
        groups = List.copyOf(groups);
    }

    Etag etag() {
        return Etag.of(this);
    }
}
