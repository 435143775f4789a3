/**
 * Owns what is promised of backups: their rows, who may see them, when they are due, which are kept, and what is proven of them.
 * Promises that a backup that is AVAILABLE is whole in its repository and was read again there, and that the last good one of a VM is
 * never deleted unasked. Data never pass here: hosts write to repositories and read from them.
 */
@NullMarked
package dev.yado.backup;

import org.jspecify.annotations.NullMarked;
