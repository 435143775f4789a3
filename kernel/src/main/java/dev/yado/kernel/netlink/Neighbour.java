package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;

/**
 * A station whose Ethernet address is known.
 *
 * @param link the index of the device that it is behind
 * @param permanent told for good; else the kernel asks it whether it is still so, and forgets it
 */
public record Neighbour(int link, Ip address, Mac mac, boolean permanent) {
    public Neighbour(int link, Ip address, Mac mac) {
        this(link, address, mac, true);
    }
}
