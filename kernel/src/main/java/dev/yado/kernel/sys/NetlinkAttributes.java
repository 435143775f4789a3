package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static dev.yado.kernel.sys.NetlinkLayouts.NLATTR;
import static dev.yado.kernel.sys.NetlinkLayouts.RTNL_LINK_STATS64_PREFIX;
import static dev.yado.kernel.sys.NetlinkLayouts.TC_RATESPEC;
import static dev.yado.kernel.sys.NetlinkLayouts.TC_TBF_QOPT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The attributes of a message, or of one of its attributes. */
public final class NetlinkAttributes {
    private static final int ALIGNMENT = 4;

    private final byte[] bytes;
    private final MemorySegment segment;
    private final int begin;
    private final int end;

    NetlinkAttributes(byte[] bytes, int begin, int end) {
        this.bytes = bytes;
        this.segment = MemorySegment.ofArray(bytes);
        this.begin = begin;
        this.end = end;
    }

    static int aligned(int length) {
        return length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    /** Where the value begins; -1: there is none. */
    private int find(int type) {
        int at = begin;
        while (at + NLATTR.byteSize() <= end) {
            int length = length(at);
            if (length < NLATTR.byteSize()) {
                return -1;
            }
            if ((Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + offset(NLATTR, "nla_type")))
                            & NetlinkNumbers.NLA_TYPE_MASK)
                    == type) {
                return at + (int) NLATTR.byteSize();
            }
            at += aligned(length);
        }
        return -1;
    }

    private int length(int at) {
        return Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + offset(NLATTR, "nla_len")));
    }

    private int valueEnd(int at) {
        int attribute = at - (int) NLATTR.byteSize();
        return attribute + length(attribute);
    }

    public boolean has(int type) {
        return find(type) >= 0;
    }

    public NetlinkAttributes nested(int type) {
        int at = find(type);
        return at < 0 ? new NetlinkAttributes(bytes, end, end) : new NetlinkAttributes(bytes, at, valueEnd(at));
    }

    public Optional<byte[]> value(int type) {
        int at = find(type);
        return at < 0 ? Optional.empty() : Optional.of(Arrays.copyOfRange(bytes, at, valueEnd(at)));
    }

    /** Empty when there is none. */
    public String text(int type) {
        int at = find(type);
        if (at < 0) {
            return "";
        }
        int stop = valueEnd(at);
        while (stop > at && bytes[stop - 1] == 0) {
            stop--;
        }
        return new String(bytes, at, stop - at, StandardCharsets.UTF_8);
    }

    public int number(int type, int otherwise) {
        int at = find(type);
        return at < 0 ? otherwise : segment.get(JAVA_INT_UNALIGNED, at);
    }

    public int shortNumber(int type, int otherwise) {
        int at = find(type);
        return at < 0 ? otherwise : Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at));
    }

    public int bigEndianNumber(int type, int otherwise) {
        int at = find(type);
        return at < 0 ? otherwise : ByteBuffer.wrap(bytes, at, Integer.BYTES).getInt();
    }

    public int bigEndianShort(int type, int otherwise) {
        int at = find(type);
        return at < 0
                ? otherwise
                : Short.toUnsignedInt(ByteBuffer.wrap(bytes, at, Short.BYTES).getShort());
    }

    /** 0 when there is none. */
    public int byteNumber(int type) {
        int at = find(type);
        return at < 0 ? 0 : Byte.toUnsignedInt(bytes[at]);
    }

    public boolean flag(int type) {
        int at = find(type);
        return at >= 0 && bytes[at] != 0;
    }

    /** Of a token bucket, bytes a second. */
    public int tokenBucketRate() {
        int at = find(NetlinkNumbers.TCA_TBF_PARMS);
        return at < 0 ? 0 : segment.get(JAVA_INT_UNALIGNED, at + offset(TC_RATESPEC, "rate"));
    }

    public int tokenBucketLimit() {
        int at = find(NetlinkNumbers.TCA_TBF_PARMS);
        return at < 0 ? 0 : segment.get(JAVA_INT_UNALIGNED, at + offset(TC_TBF_QOPT, "limit"));
    }

    /** A member of IFLA_STATS64 by its C name. */
    public long statistic(String member) {
        int at = find(NetlinkNumbers.IFLA_STATS64);
        return at < 0 ? 0 : segment.get(JAVA_LONG_UNALIGNED, at + offset(RTNL_LINK_STATS64_PREFIX, member));
    }
}
