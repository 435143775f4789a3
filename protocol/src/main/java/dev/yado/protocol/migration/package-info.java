/**
 * What controller and hosts say to each other when a VM moves: {@link MigrationAgent} has the order of the words.
 * Promises: a guest runs on the host that it leaves until the other one has been let go, and never on both; whether it has arrived is
 * decided once, by the host that it comes to. Knows nothing of QEMU; the ladder and the forecast are the daemon's.
 */
@NullMarked
package dev.yado.protocol.migration;

import org.jspecify.annotations.NullMarked;
