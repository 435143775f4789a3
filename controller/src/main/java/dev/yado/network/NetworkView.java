package dev.yado.network;

import dev.yado.api.Etag;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.network.Segment;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network as its owner sees it.
 *
 * @param tenant null: it is a way to the data centre's network, for all tenants
 * @param external routers may have their way out through it, and floating IPs are of it
 * @param shared tenants' VMs may have cards in it although it is not theirs
 */
record NetworkView(
        NetworkId id,
        @Nullable TenantId tenant,
        String name,
        Segment segment,
        int mtu,
        boolean external,
        boolean shared,
        Instant createdAt,
        List<SubnetView> subnets) {
    NetworkView {
        subnets = List.copyOf(subnets);
    }

    Etag etag() {
        return Etag.of(this);
    }

    /** With what changes all the time. */
    record Detail(NetworkView network, long generation, List<Carrier> hosts) {
        Detail {
            hosts = List.copyOf(hosts);
        }
    }

    /**
     * A host that carries it, or has to hear that it does not.
     *
     * @param wanted the generation that it should have; 0: it should not carry it
     * @param problem why it is not as wanted, for people
     */
    record Carrier(
            HostId host,
            long wanted,
            long acknowledged,
            @Nullable String problem) {}
}
