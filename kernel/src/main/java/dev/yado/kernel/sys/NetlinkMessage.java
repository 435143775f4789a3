package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static dev.yado.kernel.sys.NetlinkLayouts.IFADDRMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.IFINFOMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.NDMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.NFGENMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.NLMSGERR;
import static dev.yado.kernel.sys.NetlinkLayouts.NLMSGHDR;
import static dev.yado.kernel.sys.NetlinkLayouts.RTMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.TCMSG;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/** One message from rtnetlink. Which of the accessors holds depends on its type. */
public final class NetlinkMessage {
    private final byte[] bytes;
    private final MemorySegment segment;
    private final int begin;
    private final int end;

    private NetlinkMessage(byte[] bytes, int begin, int end) {
        this.bytes = bytes;
        this.segment = MemorySegment.ofArray(bytes);
        this.begin = begin;
        this.end = end;
    }

    static List<NetlinkMessage> in(byte[] datagram) {
        List<NetlinkMessage> messages = new ArrayList<>();
        MemorySegment all = MemorySegment.ofArray(datagram);
        int at = 0;
        while (at + NLMSGHDR.byteSize() <= datagram.length) {
            int length = all.get(JAVA_INT_UNALIGNED, at + offset(NLMSGHDR, "nlmsg_len"));
            if (length < NLMSGHDR.byteSize() || at + length > datagram.length) {
                throw new IllegalStateException(
                        "the kernel sent a message of " + length + " bytes in " + (datagram.length - at));
            }
            messages.add(new NetlinkMessage(datagram, at, at + length));
            at += NetlinkAttributes.aligned(length);
        }
        return messages;
    }

    public int type() {
        return Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, begin + offset(NLMSGHDR, "nlmsg_type")));
    }

    int flags() {
        return Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, begin + offset(NLMSGHDR, "nlmsg_flags")));
    }

    int sequence() {
        return segment.get(JAVA_INT_UNALIGNED, begin + offset(NLMSGHDR, "nlmsg_seq"));
    }

    /** Of NLMSG_ERROR and NLMSG_DONE: the number of the error; 0: none. */
    int error() {
        return end - body() < Integer.BYTES ? 0 : -segment.get(JAVA_INT_UNALIGNED, body());
    }

    /** What the kernel has to say of an error besides its number; empty: nothing. */
    String explanation() {
        if ((flags() & NetlinkNumbers.NLM_F_ACK_TLVS) == 0) {
            return "";
        }
        int request = type() == NetlinkNumbers.NLMSG_ERROR
                ? (flags() & NetlinkNumbers.NLM_F_CAPPED) != 0
                        ? (int) NLMSGERR.byteSize()
                        : Integer.BYTES
                                + NetlinkAttributes.aligned(segment.get(
                                        JAVA_INT_UNALIGNED,
                                        body() + offset(NLMSGERR, "msg") + offset(NLMSGHDR, "nlmsg_len")))
                : Integer.BYTES;
        return new NetlinkAttributes(bytes, body() + request, end).text(NetlinkNumbers.NLMSGERR_ATTR_MSG);
    }

    /** Of RTM_NEWLINK. */
    public int linkIndex() {
        return segment.get(JAVA_INT_UNALIGNED, body() + offset(IFINFOMSG, "ifi_index"));
    }

    public int linkFlags() {
        return segment.get(JAVA_INT_UNALIGNED, body() + offset(IFINFOMSG, "ifi_flags"));
    }

    public NetlinkAttributes linkAttributes() {
        return after(IFINFOMSG);
    }

    /** Of RTM_NEWADDR. */
    public int addressIndex() {
        return segment.get(JAVA_INT_UNALIGNED, body() + offset(IFADDRMSG, "ifa_index"));
    }

    public int addressPrefix() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(IFADDRMSG, "ifa_prefixlen")));
    }

    public NetlinkAttributes addressAttributes() {
        return after(IFADDRMSG);
    }

    /** Of RTM_NEWNEIGH. */
    public int neighbourIndex() {
        return segment.get(JAVA_INT_UNALIGNED, body() + offset(NDMSG, "ndm_ifindex"));
    }

    public int neighbourState() {
        return Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, body() + offset(NDMSG, "ndm_state")));
    }

    public int neighbourFlags() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(NDMSG, "ndm_flags")));
    }

    public NetlinkAttributes neighbourAttributes() {
        return after(NDMSG);
    }

    /** Of RTM_NEWROUTE. */
    public int routeFamily() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(RTMSG, "rtm_family")));
    }

    public int routePrefix() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(RTMSG, "rtm_dst_len")));
    }

    public int routeProtocol() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(RTMSG, "rtm_protocol")));
    }

    public int routeType() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(RTMSG, "rtm_type")));
    }

    public int routeTable() {
        return Byte.toUnsignedInt(segment.get(JAVA_BYTE, body() + offset(RTMSG, "rtm_table")));
    }

    public NetlinkAttributes routeAttributes() {
        return after(RTMSG);
    }

    /** Of a tracked flow. */
    public NetlinkAttributes flowAttributes() {
        return after(NFGENMSG);
    }

    /** Of RTM_NEWQDISC. */
    public int queueIndex() {
        return segment.get(JAVA_INT_UNALIGNED, body() + offset(TCMSG, "tcm_ifindex"));
    }

    public int queueParent() {
        return segment.get(JAVA_INT_UNALIGNED, body() + offset(TCMSG, "tcm_parent"));
    }

    public NetlinkAttributes queueAttributes() {
        return after(TCMSG);
    }

    private int body() {
        return begin + (int) NLMSGHDR.byteSize();
    }

    private NetlinkAttributes after(StructLayout layout) {
        return new NetlinkAttributes(bytes, body() + (int) layout.byteSize(), end);
    }
}
