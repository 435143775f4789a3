package dev.yado.kernel.netlink;

import dev.yado.protocol.network.Ip;

/** An address of this host. @param link the index of the device */
public record InterfaceAddress(int link, Ip address, int prefix) {}
