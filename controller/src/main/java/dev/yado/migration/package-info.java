/**
 * Owns moves of VMs: their rows, what the two hosts said last, and how each is brought to its conclusion. Promises: whose a VM is
 * changes in one transaction, only on the destination's word, or on the source's that it never let go; nothing is released before the
 * other host has said that nothing is left. Hides SQL and the order of the calls.
 */
@NullMarked
package dev.yado.migration;

import org.jspecify.annotations.NullMarked;
