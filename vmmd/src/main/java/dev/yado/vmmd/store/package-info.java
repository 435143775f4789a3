/**
 * Owns the state directory: its lock, the host's identity, what the host remembers of each VM and what it did. Promises that a
 * record is either the old or the new one, whatever dies when. Hides files and their layout.
 */
@NullMarked
package dev.yado.vmmd.store;

import org.jspecify.annotations.NullMarked;
