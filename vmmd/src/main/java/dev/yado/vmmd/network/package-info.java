/**
 * Owns the networks and routers that this host was given: journal, generations, what is applied again after a restart, drift.
 * Promises that an accepted one is on disk before the kernel is touched, and that guests' cards are never touched to mend one.
 * Hides the driver: nothing else in the daemon calls it.
 */
@NullMarked
package dev.yado.vmmd.network;

import org.jspecify.annotations.NullMarked;
