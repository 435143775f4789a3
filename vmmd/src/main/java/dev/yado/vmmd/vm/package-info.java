/**
 * Owns the life of every VM on this host: one loop per VM brings what is to what is desired. Promises that no guest is started
 * twice, that none is lost over a restart of the daemon, and that every end has a cause. Hides events, phases and recovery.
 */
@NullMarked
package dev.yado.vmmd.vm;

import org.jspecify.annotations.NullMarked;
