/**
 * Owns hosts and what VMs take of them: reports in, calls out, leases, capacity, allocations. Promises: the sum of the allocations
 * on a host stays within what placement allows, whatever happens at the same time; nothing is freed because a host is silent.
 */
@NullMarked
package dev.yado.host;

import org.jspecify.annotations.NullMarked;
