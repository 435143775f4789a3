package dev.yado.network;

import dev.yado.protocol.UuidV7;
import java.util.UUID;

/** Names one range of addresses of a network. */
record SubnetId(UUID value) {
    static SubnetId random() {
        return new SubnetId(UuidV7.next());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
