/**
 * What controller and host say to each other about networks, and the arithmetic of addresses that both need.
 * Promises: a {@link HostNetwork} or {@link HostRouter} is whole; a host that holds the newest needs no other word.
 * Knows nothing of bridges, tunnels or firewalls: how a host carries a network is its driver's affair.
 */
@NullMarked
package dev.yado.protocol.network;

import org.jspecify.annotations.NullMarked;
