package dev.yado.network;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;

/** Where guests find their host's services in every network, besides the service address of each subnet. */
public final class ServiceAddresses {
    /** Of the metadata service. */
    public static final Ip METADATA = Ip.parse("169.254.169.254");

    /** What router advertisements and DHCPv6 come from, and the IPv6 way to the metadata service. */
    public static final Ip LINK_LOCAL = Ip.parse("fe80::a9fe:a9fe");

    /** The same on every host, so that a guest which moves finds them where they were. */
    public static final Mac MAC = new Mac("02:00:a9:fe:a9:fe");

    private ServiceAddresses() {}
}
