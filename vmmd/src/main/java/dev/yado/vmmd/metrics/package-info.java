/**
 * Owns how the daemon is watched: metrics in Prometheus' text format, health and readiness, on a listener of their own. Promises
 * that a scrape disturbs no VM's loop and waits for no QEMU longer than its deadline. Hides the format.
 */
@NullMarked
package dev.yado.vmmd.metrics;

import org.jspecify.annotations.NullMarked;
