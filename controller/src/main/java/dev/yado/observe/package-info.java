/**
 * Owns how the controller is watched: the names of its metrics, how values get there, the trace of a request. Promises that no
 * metric has an id of a VM, a tenant or an operation in it, so that their number stays small. Hides Micrometer.
 */
@NullMarked
package dev.yado.observe;

import org.jspecify.annotations.NullMarked;
