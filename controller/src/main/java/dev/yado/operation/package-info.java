/**
 * The durable engine: operations, their steps, leases, waits, undo; and their REST resource.
 * Promises: an operation that was begun ends, on this or another replica, whatever dies in between; what an overtaken runner did
 * is never committed. Hides: queue, leases, epochs, SQL. Knows no VM.
 */
@NullMarked
package dev.yado.operation;

import org.jspecify.annotations.NullMarked;
