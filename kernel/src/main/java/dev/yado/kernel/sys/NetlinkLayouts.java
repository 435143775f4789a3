package dev.yado.kernel.sys;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
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

    static final StructLayout NFGENMSG = structLayout(
                    JAVA_BYTE.withName("nfgen_family"), JAVA_BYTE.withName("version"), JAVA_SHORT.withName("res_id"))
            .withName("nfgenmsg");

    static final StructLayout TCMSG = structLayout(
                    JAVA_BYTE.withName("tcm_family"),
                    paddingLayout(3),
                    JAVA_INT.withName("tcm_ifindex"),
                    JAVA_INT.withName("tcm_handle"),
                    JAVA_INT.withName("tcm_parent"),
                    JAVA_INT.withName("tcm_info"))
            .withName("tcmsg");

    static final StructLayout TC_RATESPEC = structLayout(
                    JAVA_BYTE.withName("cell_log"),
                    JAVA_BYTE.withName("linklayer"),
                    JAVA_SHORT.withName("overhead"),
                    JAVA_SHORT.withName("cell_align"),
                    JAVA_SHORT.withName("mpu"),
                    JAVA_INT.withName("rate"))
            .withName("tc_ratespec");

    static final StructLayout TC_TBF_QOPT = structLayout(
                    TC_RATESPEC.withName("rate"),
                    TC_RATESPEC.withName("peakrate"),
                    JAVA_INT.withName("limit"),
                    JAVA_INT.withName("buffer"),
                    JAVA_INT.withName("mtu"))
            .withName("tc_tbf_qopt");

    static final StructLayout SOCKADDR_LL = structLayout(
                    JAVA_SHORT.withName("sll_family"),
                    JAVA_SHORT.withName("sll_protocol"),
                    JAVA_INT.withName("sll_ifindex"),
                    JAVA_SHORT.withName("sll_hatype"),
                    JAVA_BYTE.withName("sll_pkttype"),
                    JAVA_BYTE.withName("sll_halen"),
                    MemoryLayout.sequenceLayout(8, JAVA_BYTE).withName("sll_addr"))
            .withName("sockaddr_ll");

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
