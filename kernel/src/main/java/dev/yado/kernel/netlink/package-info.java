/**
 * Owns rtnetlink: links, addresses, neighbours, forwarding entries and routes of one network namespace.
 * Promises typed requests that may go to the kernel hundreds at a time, and exceptions with the kernel's own explanation.
 * Hides messages and attributes, which are in kernel.sys.
 */
@NullMarked
package dev.yado.kernel.netlink;

import org.jspecify.annotations.NullMarked;
