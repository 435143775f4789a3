package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static dev.yado.kernel.sys.NetlinkLayouts.IFADDRMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.IFINFOMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.NDMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.NFGENMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.NLATTR;
import static dev.yado.kernel.sys.NetlinkLayouts.NLMSGHDR;
import static dev.yado.kernel.sys.NetlinkLayouts.RTMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.TCMSG;
import static dev.yado.kernel.sys.NetlinkLayouts.TC_RATESPEC;
import static dev.yado.kernel.sys.NetlinkLayouts.TC_TBF_QOPT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes one rtnetlink message: the header, the struct of its family, then attributes. */
public final class NetlinkWriter {
    private static final int ALIGNMENT = 4;
    private static final int MAX_ATTRIBUTE = 0xffff;

    private byte[] bytes = new byte[256];
    private int length;

    /** @param type RTM_…; @param flags NLM_F_… besides NLM_F_REQUEST */
    public NetlinkWriter(int type, int flags) {
        MemorySegment header = struct(NLMSGHDR);
        header.set(JAVA_SHORT_UNALIGNED, offset(NLMSGHDR, "nlmsg_type"), (short) type);
        header.set(
                JAVA_SHORT_UNALIGNED, offset(NLMSGHDR, "nlmsg_flags"), (short) (flags | NetlinkNumbers.NLM_F_REQUEST));
    }

    /** @param change which of the flags are meant */
    public NetlinkWriter link(int family, int index, int flags, int change) {
        MemorySegment info = struct(IFINFOMSG);
        info.set(JAVA_BYTE, offset(IFINFOMSG, "ifi_family"), (byte) family);
        info.set(JAVA_INT_UNALIGNED, offset(IFINFOMSG, "ifi_index"), index);
        info.set(JAVA_INT_UNALIGNED, offset(IFINFOMSG, "ifi_flags"), flags);
        info.set(JAVA_INT_UNALIGNED, offset(IFINFOMSG, "ifi_change"), change);
        return this;
    }

    public NetlinkWriter address(int family, int prefix, int scope, int index) {
        MemorySegment address = struct(IFADDRMSG);
        address.set(JAVA_BYTE, offset(IFADDRMSG, "ifa_family"), (byte) family);
        address.set(JAVA_BYTE, offset(IFADDRMSG, "ifa_prefixlen"), (byte) prefix);
        address.set(JAVA_BYTE, offset(IFADDRMSG, "ifa_scope"), (byte) scope);
        address.set(JAVA_INT_UNALIGNED, offset(IFADDRMSG, "ifa_index"), index);
        return this;
    }

    public NetlinkWriter neighbour(int family, int index, int state, int flags) {
        MemorySegment neighbour = struct(NDMSG);
        neighbour.set(JAVA_BYTE, offset(NDMSG, "ndm_family"), (byte) family);
        neighbour.set(JAVA_INT_UNALIGNED, offset(NDMSG, "ndm_ifindex"), index);
        neighbour.set(JAVA_SHORT_UNALIGNED, offset(NDMSG, "ndm_state"), (short) state);
        neighbour.set(JAVA_BYTE, offset(NDMSG, "ndm_flags"), (byte) flags);
        return this;
    }

    public NetlinkWriter route(int family, int prefix, int table, int protocol, int scope, int type) {
        MemorySegment route = struct(RTMSG);
        route.set(JAVA_BYTE, offset(RTMSG, "rtm_family"), (byte) family);
        route.set(JAVA_BYTE, offset(RTMSG, "rtm_dst_len"), (byte) prefix);
        route.set(JAVA_BYTE, offset(RTMSG, "rtm_table"), (byte) table);
        route.set(JAVA_BYTE, offset(RTMSG, "rtm_protocol"), (byte) protocol);
        route.set(JAVA_BYTE, offset(RTMSG, "rtm_scope"), (byte) scope);
        route.set(JAVA_BYTE, offset(RTMSG, "rtm_type"), (byte) type);
        return this;
    }

    /** Of netfilter's subsystems, all families. */
    public NetlinkWriter netfilter(int family) {
        struct(NFGENMSG).set(JAVA_BYTE, offset(NFGENMSG, "nfgen_family"), (byte) family);
        return this;
    }

    /** Of the root of a link's queueing. */
    public NetlinkWriter queue(int index) {
        MemorySegment queue = struct(TCMSG);
        queue.set(JAVA_INT_UNALIGNED, offset(TCMSG, "tcm_ifindex"), index);
        queue.set(JAVA_INT_UNALIGNED, offset(TCMSG, "tcm_parent"), (int) NetlinkNumbers.TC_H_ROOT);
        return this;
    }

    /** The attribute of a token bucket's numbers. @param rate bytes a second, unsigned */
    public NetlinkWriter tokenBucket(int rate, int limitBytes) {
        int begin = begin(NetlinkNumbers.TCA_TBF_PARMS);
        MemorySegment bucket = struct(TC_TBF_QOPT);
        bucket.set(JAVA_BYTE, offset(TC_RATESPEC, "linklayer"), (byte) NetlinkNumbers.TC_LINKLAYER_ETHERNET);
        bucket.set(JAVA_INT_UNALIGNED, offset(TC_RATESPEC, "rate"), rate);
        bucket.set(JAVA_INT_UNALIGNED, offset(TC_TBF_QOPT, "limit"), limitBytes);
        return end(begin);
    }

    public NetlinkWriter attribute(int type, byte[] value) {
        int begin = begin(type);
        int at = room(value.length);
        System.arraycopy(value, 0, bytes, at, value.length);
        return end(begin);
    }

    public NetlinkWriter flag(int type, boolean value) {
        return attribute(type, new byte[] {(byte) (value ? 1 : 0)});
    }

    public NetlinkWriter number(int type, int value) {
        return attribute(
                type,
                ByteBuffer.allocate(Integer.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putInt(value)
                        .array());
    }

    public NetlinkWriter shortNumber(int type, int value) {
        return attribute(
                type,
                ByteBuffer.allocate(Short.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putShort((short) value)
                        .array());
    }

    /** In the order of the network, as ports are. */
    public NetlinkWriter bigEndianShort(int type, int value) {
        return attribute(
                type, ByteBuffer.allocate(Short.BYTES).putShort((short) value).array());
    }

    public NetlinkWriter bigEndianNumber(int type, int value) {
        return attribute(type, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }

    public NetlinkWriter text(int type, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return attribute(type, Arrays.copyOf(text, text.length + 1));
    }

    /** The descriptor must stay open until the message has been sent. */
    public NetlinkWriter descriptor(int type, Fd fd) throws IOException {
        return number(type, fd.number());
    }

    /** Everything until {@link #end} is inside. */
    public int begin(int type) {
        int at = room((int) NLATTR.byteSize());
        MemorySegment.ofArray(bytes).set(JAVA_SHORT_UNALIGNED, at + offset(NLATTR, "nla_type"), (short) type);
        return at;
    }

    /** @param begin what {@link #begin} gave */
    public NetlinkWriter end(int begin) {
        int size = length - begin;
        if (size > MAX_ATTRIBUTE) {
            throw new IllegalArgumentException("an attribute of " + size + " bytes");
        }
        MemorySegment.ofArray(bytes).set(JAVA_SHORT_UNALIGNED, begin + offset(NLATTR, "nla_len"), (short) size);
        room(-length & ALIGNMENT - 1);
        return this;
    }

    /** A struct without a head of its own, as inside VETH_INFO_PEER. */
    private MemorySegment struct(StructLayout layout) {
        int at = room((int) layout.byteSize());
        return MemorySegment.ofArray(bytes).asSlice(at, layout.byteSize());
    }

    private int room(int size) {
        int at = length;
        length += size;
        if (length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length, 2 * bytes.length));
        }
        return at;
    }

    byte[] finish() {
        byte[] message = Arrays.copyOf(bytes, length);
        MemorySegment.ofArray(message).set(JAVA_INT_UNALIGNED, offset(NLMSGHDR, "nlmsg_len"), length);
        return message;
    }
}
