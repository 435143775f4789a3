/**
 * Owns how a host carries networks: the driver interface and what it answers, for the daemon above.
 * Promises that nothing in it assumes bridges, namespaces or rule sets: those are a driver's own.
 * Hides nothing; network.linux is the driver of this kernel, and others may follow.
 */
@NullMarked
package dev.yado.network;

import org.jspecify.annotations.NullMarked;
