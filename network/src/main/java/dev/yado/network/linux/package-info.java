/**
 * Owns the driver of the Linux kernel: each network is a network namespace with a bridge, a tunnel and TAPs.
 * Promises that applying reads the kernel first, changes only what differs and names it; nothing floods from host to host.
 * Hides netlink and file names. What else makes a network (rules, services, routers) implements NetworkPart or RouterPart.
 */
@NullMarked
package dev.yado.network.linux;

import org.jspecify.annotations.NullMarked;
