/**
 * Owns the NBD protocol on unix sockets, the server's side: what QEMU reads a disk from that is not on the host yet, and what it
 * writes a disk to that goes elsewhere. Promises that a client which misbehaves ends its own connection and nothing else. Hides
 * the handshake. Knows nothing of repositories and of QEMU.
 */
@NullMarked
package dev.yado.storage.nbd;

import org.jspecify.annotations.NullMarked;
