package dev.yado.protocol;

import dev.yado.protocol.address.Interface;
import dev.yado.protocol.address.Mac;
import java.util.List;

/**
 * A network card of a VM, in the order of its bus address. What it may do is in its network's {@link Port}, which the host has been
 * given before.
 *
 * @param addresses with the lengths of their subnets, for the guest's own configuration
 */
public record NicSpec(NicId id, NetworkId network, Mac mac, List<Interface> addresses) {
    public NicSpec {
        addresses = List.copyOf(addresses);
    }
}
