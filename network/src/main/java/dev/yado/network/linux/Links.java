package dev.yado.network.linux;

import dev.yado.protocol.NicId;

/** The names of network devices. Those of cards follow from their ids alone, so rules can name a device before it is there. */
public final class Links {
    /** The bridge of a network, in its namespace; the services' addresses are on it. */
    public static final String BRIDGE = "br0";

    /** The tunnel to other hosts, a port of the bridge; there in networks with an overlay segment only. */
    public static final String TUNNEL = "vx0";

    /** The way to the provider network, a port of the bridge; there in flat and VLAN networks only. */
    public static final String PROVIDER = "up0";

    static final String LOOPBACK = "lo";

    static final String FOOT = "net";
    private static final String TAP = "tap";

    private static final int ID_CHARS = 12;

    private Links() {}

    /** Of a guest's card, in its network's namespace. */
    public static String tap(NicId nic) {
        return TAP + tail(nic);
    }

    public static boolean isTap(String name) {
        return name.startsWith(TAP);
    }

    /** Of a router's leg, at the bridge in its network's namespace. */
    public static String leg(NicId nic) {
        return "leg" + tail(nic);
    }

    /** The other end of the leg, in the router's namespace. */
    public static String foot(NicId nic) {
        return FOOT + tail(nic);
    }

    /** In the underlay: the other end of {@link #PROVIDER}, a port of the provider's bridge. */
    static String providerEnd(Object id) {
        return "yp" + tail(id);
    }

    /** The random half of the id, so as not to meet in one namespace, as far as 15 characters allow. */
    private static String tail(Object id) {
        String digits = id.toString().replace("-", "");
        return digits.substring(digits.length() - ID_CHARS);
    }
}
