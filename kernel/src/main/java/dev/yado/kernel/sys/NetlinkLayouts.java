package dev.yado.kernel.sys;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.StructLayout;

/** The structs of rtnetlink; struct and member names are those of C. */
final class NetlinkLayouts {
    static final StructLayout NLMSGHDR = structLayout(
                    JAVA_INT.withName("nlmsg_len"),
                    JAVA_SHORT.withName("nlmsg_type"),
                    JAVA_SHORT.withName("nlmsg_flags"),
                    JAVA_INT.withName("nlmsg_seq"),
                    JAVA_INT.withName("nlmsg_pid"))
            .withName("nlmsghdr");

    static final StructLayout NLATTR = structLayout(JAVA_SHORT.withName("nla_len"), JAVA_SHORT.withName("nla_type"))
            .withName("nlattr");

    static final StructLayout NLMSGERR =
            structLayout(JAVA_INT.withName("error"), NLMSGHDR.withName("msg")).withName("nlmsgerr");

    static final StructLayout IFINFOMSG = structLayout(
                    JAVA_BYTE.withName("ifi_family"),
                    paddingLayout(1),
                    JAVA_SHORT.withName("ifi_type"),
                    JAVA_INT.withName("ifi_index"),
                    JAVA_INT.withName("ifi_flags"),
                    JAVA_INT.withName("ifi_change"))
            .withName("ifinfomsg");

    static final StructLayout IFADDRMSG = structLayout(
                    JAVA_BYTE.withName("ifa_family"),
                    JAVA_BYTE.withName("ifa_prefixlen"),
                    JAVA_BYTE.withName("ifa_flags"),
                    JAVA_BYTE.withName("ifa_scope"),
                    JAVA_INT.withName("ifa_index"))
            .withName("ifaddrmsg");

    static final StructLayout NDMSG = structLayout(
                    JAVA_BYTE.withName("ndm_family"),
                    paddingLayout(3),
                    JAVA_INT.withName("ndm_ifindex"),
                    JAVA_SHORT.withName("ndm_state"),
                    JAVA_BYTE.withName("ndm_flags"),
                    JAVA_BYTE.withName("ndm_type"))
            .withName("ndmsg");

    static final StructLayout RTMSG = structLayout(
                    JAVA_BYTE.withName("rtm_family"),
                    JAVA_BYTE.withName("rtm_dst_len"),
                    JAVA_BYTE.withName("rtm_src_len"),
                    JAVA_BYTE.withName("rtm_tos"),
                    JAVA_BYTE.withName("rtm_table"),
                    JAVA_BYTE.withName("rtm_protocol"),
                    JAVA_BYTE.withName("rtm_scope"),
                    JAVA_BYTE.withName("rtm_type"),
                    JAVA_INT.withName("rtm_flags"))
            .withName("rtmsg");

    /** Its beginning; kernels append. */
    static final StructLayout RTNL_LINK_STATS64_PREFIX = structLayout(
                    JAVA_LONG.withName("rx_packets"),
                    JAVA_LONG.withName("tx_packets"),
                    JAVA_LONG.withName("rx_bytes"),
                    JAVA_LONG.withName("tx_bytes"),
                    JAVA_LONG.withName("rx_errors"),
                    JAVA_LONG.withName("tx_errors"),
                    JAVA_LONG.withName("rx_dropped"),
                    JAVA_LONG.withName("tx_dropped"))
            .withName("rtnl_link_stats64");

    private NetlinkLayouts() {}
}
