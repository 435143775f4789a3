package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.NetworkNamespace;
import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Makes, changes and deletes links. An index means a link of the socket's own namespace. */
public final class LinkRequests {
    private LinkRequests() {}

    /** Makes a link, which is down. @param mac null: the kernel chooses */
    public static NetlinkRequest add(String name, LinkKind kind, int mtu, @Nullable Mac mac) {
        NetlinkWriter message = newLink(name, mtu, mac);
        writeKind(message, kind);
        return new NetlinkRequest("add link " + name, message);
    }

    /**
     * Makes a link in another namespace; what it is a tunnel or tag of stays in the socket's.
     *
     * @param target stays open until the request has run
     */
    public static NetlinkRequest addInto(
            NetworkNamespace target, String name, LinkKind kind, int mtu, @Nullable Mac mac) throws IOException {
        NetlinkWriter message = newLink(name, mtu, mac);
        message.descriptor(IFLA_NET_NS_FD, target.fd());
        writeKind(message, kind);
        return new NetlinkRequest("add link " + name, message);
    }

    /** One end of a pair. @param mac null: the kernel chooses */
    public record End(String name, int mtu, @Nullable Mac mac) {}

    /** Makes a pair, one end here and one in another namespace, which stays open until the request has run. */
    public static NetlinkRequest addPair(End here, NetworkNamespace elsewhere, End there) throws IOException {
        NetlinkWriter message = newLink(here.name(), here.mtu(), here.mac());
        int info = message.begin(IFLA_LINKINFO);
        message.text(IFLA_INFO_KIND, "veth");
        int data = message.begin(IFLA_INFO_DATA);
        int peer = message.begin(VETH_INFO_PEER);
        message.link(AF_UNSPEC, 0, 0, 0).text(IFLA_IFNAME, there.name()).number(IFLA_MTU, there.mtu());
        Mac mac = there.mac();
        if (mac != null) {
            message.attribute(IFLA_ADDRESS, mac.bytes());
        }
        message.descriptor(IFLA_NET_NS_FD, elsewhere.fd());
        message.end(peer).end(data).end(info);
        return new NetlinkRequest("add pair " + here.name() + " " + there.name(), message);
    }

    private static NetlinkWriter newLink(String name, int mtu, @Nullable Mac mac) {
        NetlinkWriter message = new NetlinkWriter(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL)
                .link(AF_UNSPEC, 0, 0, 0)
                .text(IFLA_IFNAME, name)
                .number(IFLA_MTU, mtu);
        if (mac != null) {
            message.attribute(IFLA_ADDRESS, mac.bytes());
        }
        return message;
    }

    private static void writeKind(NetlinkWriter message, LinkKind kind) {
        if (kind instanceof LinkKind.Vlan(int parent, int _)) {
            message.number(IFLA_LINK, parent);
        }
        int info = message.begin(IFLA_LINKINFO);
        switch (kind) {
            case LinkKind.Bridge bridge -> writeBridge(message, bridge);
            case LinkKind.Vxlan vxlan -> writeVxlan(message, vxlan);
            case LinkKind.Veth(String peer) -> {
                message.text(IFLA_INFO_KIND, "veth");
                int data = message.begin(IFLA_INFO_DATA);
                int other = message.begin(VETH_INFO_PEER);
                message.link(AF_UNSPEC, 0, 0, 0).text(IFLA_IFNAME, peer);
                message.end(other).end(data);
            }
            case LinkKind.Vlan(int _, int tag) -> {
                message.text(IFLA_INFO_KIND, "vlan");
                int data = message.begin(IFLA_INFO_DATA);
                message.shortNumber(IFLA_VLAN_ID, tag).end(data);
            }
            case LinkKind.Tap() -> throw new IllegalArgumentException("a TAP is made by TapDevice");
            case LinkKind.Other(String name) -> message.text(IFLA_INFO_KIND, name);
        }
        message.end(info);
    }

    private static void writeBridge(NetlinkWriter message, LinkKind.Bridge bridge) {
        message.text(IFLA_INFO_KIND, "bridge");
        int data = message.begin(IFLA_INFO_DATA);
        message.flag(IFLA_BR_NF_CALL_IPTABLES, bridge.filterIpv4())
                .flag(IFLA_BR_NF_CALL_IP6TABLES, bridge.filterIpv6())
                .flag(IFLA_BR_NF_CALL_ARPTABLES, bridge.filterArp())
                .flag(IFLA_BR_MCAST_SNOOPING, bridge.multicastSnooping())
                .end(data);
    }

    private static void writeVxlan(NetlinkWriter message, LinkKind.Vxlan vxlan) {
        message.text(IFLA_INFO_KIND, "vxlan");
        int data = message.begin(IFLA_INFO_DATA);
        message.number(IFLA_VXLAN_ID, vxlan.vni())
                .bigEndianShort(IFLA_VXLAN_PORT, vxlan.port())
                .flag(IFLA_VXLAN_LEARNING, vxlan.learning());
        Ip local = vxlan.local();
        if (local != null) {
            message.attribute(local.v6() ? IFLA_VXLAN_LOCAL6 : IFLA_VXLAN_LOCAL, local.bytes());
            if (!local.v6()) {
                message.flag(IFLA_VXLAN_UDP_CSUM, false); // RFC 7348: zero over IPv4; the inner packet has its own
            }
        }
        message.end(data);
    }

    /** Changes a bridge in place. */
    public static NetlinkRequest changeBridge(Link link, LinkKind.Bridge bridge) {
        NetlinkWriter message = change(link.index());
        int info = message.begin(IFLA_LINKINFO);
        writeBridge(message, bridge);
        return new NetlinkRequest("change bridge " + link.name(), message.end(info));
    }

    public static NetlinkRequest up(int index) {
        return new NetlinkRequest(
                "set link " + index + " up", new NetlinkWriter(RTM_NEWLINK, 0).link(AF_UNSPEC, index, IFF_UP, IFF_UP));
    }

    public static NetlinkRequest down(int index) {
        return new NetlinkRequest(
                "set link " + index + " down", new NetlinkWriter(RTM_NEWLINK, 0).link(AF_UNSPEC, index, 0, IFF_UP));
    }

    public static NetlinkRequest mtu(int index, int mtu) {
        return new NetlinkRequest(
                "set mtu " + mtu + " of link " + index, change(index).number(IFLA_MTU, mtu));
    }

    public static NetlinkRequest mac(int index, Mac mac) {
        return new NetlinkRequest(
                "set address " + mac + " of link " + index, change(index).attribute(IFLA_ADDRESS, mac.bytes()));
    }

    public static NetlinkRequest alias(int index, String alias) {
        return new NetlinkRequest(
                "note " + alias + " at link " + index, change(index).text(IFLA_IFALIAS, alias));
    }

    /** @param bridge 0: none */
    public static NetlinkRequest master(int index, int bridge) {
        return new NetlinkRequest(
                "make link " + index + " a port of link " + bridge,
                change(index).number(IFLA_MASTER, bridge));
    }

    /** As {@link #master} and {@link #up}, for a link whose index is not known yet. */
    public static NetlinkRequest masterUp(String name, int bridge) {
        return new NetlinkRequest(
                "make link " + name + " a port of link " + bridge,
                new NetlinkWriter(RTM_NEWLINK, 0)
                        .link(AF_UNSPEC, 0, IFF_UP, IFF_UP)
                        .text(IFLA_IFNAME, name)
                        .number(IFLA_MASTER, bridge));
    }

    /** Of a link that is a port of a bridge. */
    public static NetlinkRequest port(int index, BridgePort port) {
        NetlinkWriter message = new NetlinkWriter(RTM_SETLINK, 0).link(AF_BRIDGE, index, 0, 0);
        int info = message.begin(IFLA_PROTINFO | NLA_F_NESTED);
        message.flag(IFLA_BRPORT_LEARNING, port.learning())
                .flag(IFLA_BRPORT_UNICAST_FLOOD, port.unknownFlood())
                .flag(IFLA_BRPORT_BCAST_FLOOD, port.broadcastFlood())
                .flag(IFLA_BRPORT_MCAST_FLOOD, port.multicastFlood())
                .flag(IFLA_BRPORT_NEIGH_SUPPRESS, port.answered())
                .end(info);
        return new NetlinkRequest("set flags of bridge port " + index, message);
    }

    public static NetlinkRequest delete(Link link) {
        return new NetlinkRequest(
                "delete link " + link.name(), new NetlinkWriter(RTM_DELLINK, 0).link(AF_UNSPEC, link.index(), 0, 0));
    }

    private static NetlinkWriter change(int index) {
        return new NetlinkWriter(RTM_NEWLINK, 0).link(AF_UNSPEC, index, 0, 0);
    }
}
