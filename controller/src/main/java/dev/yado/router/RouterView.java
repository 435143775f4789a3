package dev.yado.router;

import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.NicId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.network.StaticRoute;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A router as callers see it. */
record RouterView(
        RouterId id,
        TenantId tenant,
        String name,
        long generation,
        @Nullable External external,
        List<Foot> feet,
        List<StaticRoute> routes,
        Gateway gateway,
        Instant createdAt) {
    RouterView {
        feet = List.copyOf(feet);
        routes = List.copyOf(routes);
    }

    record External(NetworkId network, List<Ip> addresses, boolean snat) {
        External {
            addresses = List.copyOf(addresses);
        }
    }

    /** Its address in a subnet; feet in one network share their card. */
    record Foot(UUID subnet, NetworkId network, NicId nic, Cidr cidr, Ip address, Mac mac) {}

    /**
     * @param host null while there is none
     * @param reason why this one, or why none; null: nobody has looked yet
     * @param inSync the host has acknowledged the newest and carries it
     */
    record Gateway(
            @Nullable HostId host,
            @Nullable String reason,
            @Nullable Instant since,
            boolean inSync,
            @Nullable String problem) {}
}
