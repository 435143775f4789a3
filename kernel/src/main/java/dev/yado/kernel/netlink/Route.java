package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Cidr;
import dev.yado.protocol.address.Ip;
import org.jspecify.annotations.Nullable;

/**
 * A unicast route of the main table.
 *
 * @param via the next hop; null: the destination is directly behind the link
 * @param link the index of the device; 0 in a request: the kernel finds it by the next hop
 */
public record Route(Cidr destination, @Nullable Ip via, int link) {}
