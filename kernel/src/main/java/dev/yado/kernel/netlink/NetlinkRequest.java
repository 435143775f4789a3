package dev.yado.kernel.netlink;

import dev.yado.kernel.sys.NetlinkWriter;

/** Something that the kernel is to do. @param what for people, such as {@code "add bridge br0"} */
public record NetlinkRequest(String what, NetlinkWriter message) {}
