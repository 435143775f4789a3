/**
 * Owns a backup repository: {@link dev.yado.storage.repository.Repository} is where to begin. Data is stored once, whoever's disk it
 * was on, and checked whenever it is read. Promises that a backup is whole or does not exist, whenever a writer dies, and that many
 * writers and collectors may be at work at once. Hides packs, indexes, maps and leases; docs/backup-format.md has the layout.
 */
@NullMarked
package dev.yado.storage.repository;

import org.jspecify.annotations.NullMarked;
