package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.sys.NetlinkAttributes;
import dev.yado.kernel.sys.NetlinkMessage;
import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads links. */
final class LinkReader {
    private static final int MAC_BYTES = 6;
    private static final int GROUP_BIT = 1;

    private LinkReader() {}

    static Link read(NetlinkMessage message) {
        NetlinkAttributes attributes = message.linkAttributes();
        NetlinkAttributes info = attributes.nested(IFLA_LINKINFO);
        return new Link(
                message.linkIndex(),
                attributes.text(IFLA_IFNAME),
                attributes.text(IFLA_IFALIAS),
                kind(info, attributes.number(IFLA_LINK, 0)),
                (message.linkFlags() & IFF_UP) != 0,
                attributes.byteNumber(IFLA_OPERSTATE) == IF_OPER_UP,
                attributes.number(IFLA_MTU, 0),
                mac(attributes.value(IFLA_ADDRESS)).orElse(null),
                attributes.number(IFLA_MASTER, 0),
                port(info),
                counters(attributes));
    }

    private static LinkKind kind(NetlinkAttributes info, int parent) {
        NetlinkAttributes data = info.nested(IFLA_INFO_DATA);
        return switch (info.text(IFLA_INFO_KIND)) {
            case "bridge" ->
                new LinkKind.Bridge(
                        data.flag(IFLA_BR_NF_CALL_IPTABLES),
                        data.flag(IFLA_BR_NF_CALL_IP6TABLES),
                        data.flag(IFLA_BR_NF_CALL_ARPTABLES),
                        data.flag(IFLA_BR_MCAST_SNOOPING));
            case "vxlan" ->
                new LinkKind.Vxlan(
                        data.number(IFLA_VXLAN_ID, 0),
                        data.value(IFLA_VXLAN_LOCAL)
                                .or(() -> data.value(IFLA_VXLAN_LOCAL6))
                                .map(Ip::of)
                                .orElse(null),
                        data.bigEndianShort(IFLA_VXLAN_PORT, 0),
                        data.flag(IFLA_VXLAN_LEARNING));
            case "veth" -> new LinkKind.Veth("");
            case "vlan" -> new LinkKind.Vlan(parent, data.shortNumber(IFLA_VLAN_ID, 0));
            case "tun" -> new LinkKind.Tap();
            case String other -> new LinkKind.Other(other);
        };
    }

    private static @Nullable BridgePort port(NetlinkAttributes info) {
        if (!info.text(IFLA_INFO_SLAVE_KIND).equals("bridge")) {
            return null;
        }
        NetlinkAttributes port = info.nested(IFLA_INFO_SLAVE_DATA);
        return new BridgePort(
                port.flag(IFLA_BRPORT_LEARNING),
                port.flag(IFLA_BRPORT_UNICAST_FLOOD),
                port.flag(IFLA_BRPORT_BCAST_FLOOD),
                port.flag(IFLA_BRPORT_MCAST_FLOOD),
                port.flag(IFLA_BRPORT_NEIGH_SUPPRESS));
    }

    private static Link.Counters counters(NetlinkAttributes link) {
        return new Link.Counters(
                link.statistic("rx_packets"),
                link.statistic("rx_bytes"),
                link.statistic("rx_dropped"),
                link.statistic("tx_packets"),
                link.statistic("tx_bytes"),
                link.statistic("tx_dropped"));
    }

    /** None for what is not the address of one station, such as loopback's or a tunnel's entry for all. */
    static Optional<Mac> mac(Optional<byte[]> bytes) {
        return bytes.filter(LinkReader::isOfOneStation).map(Mac::of);
    }

    private static boolean isOfOneStation(byte[] bytes) {
        if (bytes.length != MAC_BYTES || (bytes[0] & GROUP_BIT) != 0) {
            return false;
        }
        int all = 0;
        for (byte b : bytes) {
            all |= b;
        }
        return all != 0;
    }
}
