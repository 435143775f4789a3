/** Owns the bytes between this terminal and a guest's serial port. Promises to leave the terminal as it was. */
@NullMarked
package dev.yado.cli.terminal;

import org.jspecify.annotations.NullMarked;
