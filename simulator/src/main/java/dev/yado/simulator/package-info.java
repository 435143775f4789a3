/**
 * Owns hosts without hypervisor: the same {@code HostAgent} and {@code RequestPolicy} as the daemon, any number in one process.
 * Promises that what a daemon keeps on disk survives the daemon here too, and nothing else; that a seed decides the same faults
 * again. Hides threads and timers.
 */
@NullMarked
package dev.yado.simulator;

import org.jspecify.annotations.NullMarked;
