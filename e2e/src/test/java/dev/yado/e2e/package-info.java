/** Tests with real guests, through the HTTP API alone. The guest is the witness: what it says on its serial ports is believed. */
@NullMarked
package dev.yado.e2e;

import org.jspecify.annotations.NullMarked;
