/**
 * Owns the QEMU process of a guest: its command line, its user, its start and end, the files it shares with the daemon. Promises
 * that a guest outlives the daemon and is found again. Hides QEMU's options and versions.
 */
@NullMarked
package dev.yado.vmmd.qemu;

import org.jspecify.annotations.NullMarked;
