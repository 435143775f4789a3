/**
 * Owns the byte streams between callers and their guests (serial output, the console) and between callers and what is in their backups.
 * Promises bounded memory for every stream, input in the order it was sent, and a reason for every end. Hides which host is asked, and
 * how.
 */
@NullMarked
package dev.yado.stream;

import org.jspecify.annotations.NullMarked;
