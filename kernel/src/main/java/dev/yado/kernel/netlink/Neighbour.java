package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;

/** A station whose Ethernet address is known for good. @param link the index of the device that it is behind */
public record Neighbour(int link, Ip address, Mac mac) {}
