package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;

/** Adds and deletes addresses, neighbours, forwarding entries and routes. Adding what is there already replaces it. */
public final class AddressRequests {
    private static final int MAC_BYTES = 6;

    private AddressRequests() {}

    /** It can be used at once: whether somebody else has it is not asked. */
    public static NetlinkRequest add(InterfaceAddress address) {
        NetlinkWriter message = write(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, address);
        if (address.address().v6()) {
            message.number(IFA_FLAGS, IFA_F_NODAD);
        }
        return new NetlinkRequest("add address " + address.address() + "/" + address.prefix(), message);
    }

    public static NetlinkRequest delete(InterfaceAddress address) {
        return new NetlinkRequest(
                "delete address " + address.address() + "/" + address.prefix(), write(RTM_DELADDR, 0, address));
    }

    private static NetlinkWriter write(int type, int flags, InterfaceAddress address) {
        byte[] bytes = address.address().bytes();
        return new NetlinkWriter(type, flags)
                .address(family(address.address()), address.prefix(), RT_SCOPE_UNIVERSE, address.link())
                .attribute(IFA_LOCAL, bytes)
                .attribute(IFA_ADDRESS, bytes);
    }

    public static NetlinkRequest add(Neighbour neighbour) {
        return new NetlinkRequest(
                "add neighbour " + neighbour.address() + " " + neighbour.mac(),
                new NetlinkWriter(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)
                        .neighbour(
                                family(neighbour.address()),
                                neighbour.link(),
                                neighbour.permanent() ? NUD_PERMANENT : NUD_STALE,
                                0)
                        .attribute(NDA_DST, neighbour.address().bytes())
                        .attribute(NDA_LLADDR, neighbour.mac().bytes()));
    }

    public static NetlinkRequest delete(Neighbour neighbour) {
        return new NetlinkRequest(
                "delete neighbour " + neighbour.address(),
                new NetlinkWriter(RTM_DELNEIGH, 0)
                        .neighbour(family(neighbour.address()), neighbour.link(), 0, 0)
                        .attribute(NDA_DST, neighbour.address().bytes()));
    }

    /** Of a tunnel that is a port of a bridge: the bridge is told as well, in the same request. */
    public static NetlinkRequest add(ForwardingEntry entry) {
        // The entries for all are a list, which the kernel only appends to.
        int mode = entry instanceof ForwardingEntry.Flood ? NLM_F_APPEND : NLM_F_REPLACE;
        NetlinkWriter message = new NetlinkWriter(RTM_NEWNEIGH, NLM_F_CREATE | mode);
        write(message, NUD_NOARP | NUD_REACHABLE, NTF_MASTER, entry);
        return new NetlinkRequest("add forwarding entry " + entry, message);
    }

    /** Only where it was read: the bridge's or the tunnel's. */
    public static NetlinkRequest delete(ForwardingEntry entry) {
        NetlinkWriter message = new NetlinkWriter(RTM_DELNEIGH, 0);
        write(message, 0, 0, entry);
        return new NetlinkRequest("delete forwarding entry " + entry, message);
    }

    /** @param besides whom to tell besides the tunnel */
    private static void write(NetlinkWriter message, int state, int besides, ForwardingEntry entry) {
        switch (entry) {
            case ForwardingEntry.OfBridge(Mac mac, int link, boolean _) ->
                message.neighbour(AF_BRIDGE, link, state, NTF_MASTER).attribute(NDA_LLADDR, mac.bytes());
            case ForwardingEntry.OfTunnel(Mac mac, int link, Ip remote) -> {
                message.neighbour(AF_BRIDGE, link, state, NTF_SELF | besides).attribute(NDA_LLADDR, mac.bytes());
                if (remote != null) {
                    message.attribute(NDA_DST, remote.bytes());
                }
            }
            case ForwardingEntry.Flood(int link, Ip remote) ->
                message.neighbour(AF_BRIDGE, link, state, NTF_SELF)
                        .attribute(NDA_LLADDR, new byte[MAC_BYTES])
                        .attribute(NDA_DST, remote.bytes());
        }
    }

    public static NetlinkRequest add(Route route) {
        return new NetlinkRequest(
                "add route to " + route.destination(),
                write(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, RTPROT_STATIC, route));
    }

    /** Whoever made it. */
    public static NetlinkRequest delete(Route route) {
        return new NetlinkRequest(
                "delete route to " + route.destination(), write(RTM_DELROUTE, 0, RTPROT_UNSPEC, route));
    }

    private static NetlinkWriter write(int type, int flags, int protocol, Route route) {
        Ip via = route.via();
        NetlinkWriter message = new NetlinkWriter(type, flags)
                .route(
                        family(route.destination().address()),
                        route.destination().prefix(),
                        RT_TABLE_MAIN,
                        protocol,
                        protocol == RTPROT_UNSPEC ? RT_SCOPE_NOWHERE : via == null ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
                        RTN_UNICAST)
                .attribute(RTA_DST, route.destination().address().bytes());
        if (via != null) {
            message.attribute(RTA_GATEWAY, via.bytes());
        }
        if (route.link() != 0) {
            message.number(RTA_OIF, route.link());
        }
        return message;
    }

    private static int family(Ip address) {
        return address.v6() ? AF_INET6 : AF_INET;
    }
}
