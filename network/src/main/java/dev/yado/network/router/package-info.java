/**
 * Owns what makes a router of a namespace: addresses, routes, translation of addresses, and what it lets through.
 * Promises that only what was asked for from inside, or is for a floating address, comes in from outside; that a floating address
 * moves at once, with its flows; and that what differs is named and mended. Its devices are the driver's.
 */
@NullMarked
package dev.yado.network.router;

import org.jspecify.annotations.NullMarked;
