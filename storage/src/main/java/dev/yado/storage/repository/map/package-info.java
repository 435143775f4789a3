/**
 * Owns the map of a disk: which block is in which chunk. A manifest names branches, a branch names leaves, a leaf names chunks.
 * Promises that equal maps are equal bytes, so that what has not changed is not stored again.
 * Hides how they are written; the layout is in docs/backup-format.md.
 */
@NullMarked
package dev.yado.storage.repository.map;

import org.jspecify.annotations.NullMarked;
