/**
 * Owns what is promised of snapshots: their rows, who may see them, and what is done about them. Promises that one that is AVAILABLE can
 * be gone back to, that one thing at a time is done about a VM's snapshots, and that a VM that has some is not moved away from them.
 */
@NullMarked
package dev.yado.snapshot;

import org.jspecify.annotations.NullMarked;
