/**
 * Owns the process of simulated hosts: all of them behind one port, told apart by path, reporting over connections that stay open.
 * Promises what a daemon's HTTP interface promises for the calls that it has. Hides HTTP and TLS.
 */
@NullMarked
package dev.yado.simulator.wire;

import org.jspecify.annotations.NullMarked;
