package dev.yado.kernel.netlink;

import static dev.yado.kernel.sys.NetlinkNumbers.*;

import dev.yado.kernel.netlink.TrackedFlow.Tcp;
import dev.yado.kernel.netlink.TrackedFlow.Tuple;
import dev.yado.kernel.sys.NetlinkAttributes;
import dev.yado.kernel.sys.NetlinkMessage;
import dev.yado.kernel.sys.NetlinkWriter;
import dev.yado.protocol.address.Ip;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Flows as the kernel writes and reads them. */
final class FlowMessages {
    private static final int BYTE = 0xff;

    private FlowMessages() {}

    static Optional<TrackedFlow> read(NetlinkMessage message) {
        NetlinkAttributes attributes = message.flowAttributes();
        Optional<Tuple> original = tuple(attributes.nested(CTA_TUPLE_ORIG));
        Optional<Tuple> reply = tuple(attributes.nested(CTA_TUPLE_REPLY));
        if (original.isEmpty() || reply.isEmpty()) {
            return Optional.empty();
        }
        int status = attributes.bigEndianNumber(CTA_STATUS, 0);
        return Optional.of(new TrackedFlow(
                original.get(),
                reply.get(),
                (status & IPS_SEEN_REPLY) != 0,
                (status & IPS_ASSURED) != 0,
                attributes.bigEndianNumber(CTA_TIMEOUT, 0),
                original.get().protocol() == IPPROTO_TCP
                        ? tcp(attributes.nested(CTA_PROTOINFO).nested(CTA_PROTOINFO_TCP))
                        : null));
    }

    private static Tcp tcp(NetlinkAttributes tcp) {
        return new Tcp(
                tcp.byteNumber(CTA_PROTOINFO_TCP_STATE),
                tcp.byteNumber(CTA_PROTOINFO_TCP_WSCALE_ORIGINAL),
                tcp.byteNumber(CTA_PROTOINFO_TCP_WSCALE_REPLY));
    }

    private static Optional<Tuple> tuple(NetlinkAttributes tuple) {
        NetlinkAttributes ip = tuple.nested(CTA_TUPLE_IP);
        NetlinkAttributes protocol = tuple.nested(CTA_TUPLE_PROTO);
        Optional<Ip> source =
                ip.value(CTA_IP_V4_SRC).or(() -> ip.value(CTA_IP_V6_SRC)).map(Ip::of);
        Optional<Ip> destination =
                ip.value(CTA_IP_V4_DST).or(() -> ip.value(CTA_IP_V6_DST)).map(Ip::of);
        if (source.isEmpty() || destination.isEmpty()) {
            return Optional.empty();
        }
        int number = protocol.byteNumber(CTA_PROTO_NUM);
        Icmp icmp = Icmp.of(number);
        return Optional.of(new Tuple(
                source.get(),
                destination.get(),
                number,
                protocol.bigEndianShort(icmp == null ? CTA_PROTO_SRC_PORT : icmp.id, 0),
                icmp == null
                        ? protocol.bigEndianShort(CTA_PROTO_DST_PORT, 0)
                        : protocol.byteNumber(icmp.type) << Byte.SIZE | protocol.byteNumber(icmp.code)));
    }

    /** Makes the flow, or brings one that is there to this state. Its window is not watched: what of it was used is not known. */
    static NetlinkWriter write(TrackedFlow flow, NetlinkWriter message) {
        write(message, CTA_TUPLE_ORIG, flow.original());
        write(message, CTA_TUPLE_REPLY, flow.reply());
        message.bigEndianNumber(
                CTA_STATUS,
                IPS_CONFIRMED | (flow.answered() ? IPS_SEEN_REPLY : 0) | (flow.assured() ? IPS_ASSURED : 0));
        message.bigEndianNumber(CTA_TIMEOUT, Math.max(1, flow.timeoutSeconds()));
        Tcp tcp = flow.tcp();
        if (tcp != null) {
            int info = message.begin(CTA_PROTOINFO | NLA_F_NESTED);
            int inner = message.begin(CTA_PROTOINFO_TCP | NLA_F_NESTED);
            byte flags = IP_CT_TCP_FLAG_BE_LIBERAL | IP_CT_TCP_FLAG_WINDOW_SCALE | IP_CT_TCP_FLAG_SACK_PERM;
            message.attribute(CTA_PROTOINFO_TCP_STATE, one(tcp.state()))
                    .attribute(CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, one(tcp.originalScale()))
                    .attribute(CTA_PROTOINFO_TCP_WSCALE_REPLY, one(tcp.replyScale()))
                    .attribute(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, new byte[] {flags, flags})
                    .attribute(CTA_PROTOINFO_TCP_FLAGS_REPLY, new byte[] {flags, flags});
            message.end(inner).end(info);
        }
        return message;
    }

    private static void write(NetlinkWriter message, int type, Tuple tuple) {
        boolean v6 = tuple.source().v6();
        int begin = message.begin(type | NLA_F_NESTED);
        int ip = message.begin(CTA_TUPLE_IP | NLA_F_NESTED);
        message.attribute(v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, tuple.source().bytes())
                .attribute(
                        v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, tuple.destination().bytes())
                .end(ip);
        int protocol = message.begin(CTA_TUPLE_PROTO | NLA_F_NESTED);
        message.attribute(CTA_PROTO_NUM, one(tuple.protocol()));
        Icmp icmp = Icmp.of(tuple.protocol());
        if (icmp == null) {
            message.bigEndianShort(CTA_PROTO_SRC_PORT, tuple.sourcePort())
                    .bigEndianShort(CTA_PROTO_DST_PORT, tuple.destinationPort());
        } else {
            message.bigEndianShort(icmp.id, tuple.sourcePort())
                    .attribute(icmp.type, one(tuple.destinationPort() >> Byte.SIZE))
                    .attribute(icmp.code, one(tuple.destinationPort()));
        }
        message.end(protocol).end(begin);
    }

    private static byte[] one(int value) {
        return new byte[] {(byte) (value & BYTE)};
    }

    /** Where its words stand. */
    private record Icmp(int id, int type, int code) {
        static @Nullable Icmp of(int protocol) {
            return switch (protocol) {
                case IPPROTO_ICMP -> new Icmp(CTA_PROTO_ICMP_ID, CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMP_CODE);
                case IPPROTO_ICMPV6 -> new Icmp(CTA_PROTO_ICMPV6_ID, CTA_PROTO_ICMPV6_TYPE, CTA_PROTO_ICMPV6_CODE);
                default -> null;
            };
        }
    }
}
