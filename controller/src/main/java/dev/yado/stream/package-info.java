/**
 * Owns the byte streams between callers and their guests: serial output and the console. Promises bounded memory for every
 * stream, input in the order it was sent, and a reason for every end. Hides which host a guest is on and how it is asked.
 */
@NullMarked
package dev.yado.stream;

import org.jspecify.annotations.NullMarked;
