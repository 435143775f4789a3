/**
 * Owns how a guest goes from one QEMU to another: the streams and their certificates, the daemon's words to the other daemon, and
 * what is asked of the source's QEMU in which order. Promises that go is said at most by one of two who could, and that a departure
 * ends by its goal's deadline or waits for the destination's word. Hides QEMU's migration. Knows no loop: it is told and asked by one.
 */
@NullMarked
package dev.yado.vmmd.move;

import org.jspecify.annotations.NullMarked;
