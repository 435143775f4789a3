package dev.yado.router;

import dev.yado.protocol.UuidV7;
import java.util.UUID;

/** Names one external address that a tenant holds. */
record FloatingIpId(UUID value) {
    static FloatingIpId random() {
        return new FloatingIpId(UuidV7.next());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
