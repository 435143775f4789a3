package dev.yado.router;

import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.SecurityRule;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An external address as callers see it. @param nic null: as a whole it leads nowhere */
record FloatingIpView(
        FloatingIpId id,
        TenantId tenant,
        NetworkId network,
        Ip address,
        @Nullable NicId nic,
        @Nullable UUID vm,
        @Nullable Ip fixed,
        @Nullable RouterId router,
        List<Forwarding> forwardings,
        Instant createdAt) {
    FloatingIpView {
        forwardings = List.copyOf(forwardings);
    }

    /** One port of it that leads to a port of a card. */
    record Forwarding(UUID id, SecurityRule.Protocol protocol, int port, NicId nic, Ip fixed, int fixedPort) {}
}
