/**
 * Owns the conversation with one QEMU: typed commands that know their answer, typed events, deadlines. Promises that no call
 * outlives its deadline or its connection. Hides the wire.
 */
@NullMarked
package dev.yado.vmmd.qmp;

import org.jspecify.annotations.NullMarked;
