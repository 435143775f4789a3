package dev.yado.kernel.netlink;

import dev.yado.protocol.address.Ip;

/** An address of this host. @param link the index of the device */
public record InterfaceAddress(int link, Ip address, int prefix) {}
