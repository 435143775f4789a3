/**
 * Owns where the objects of a backup repository lie: {@link dev.yado.storage.repository.store.ObjectStore} and its drivers.
 * Promises that an object is whole or absent and that none is ever overwritten, and a code for every failure.
 * Hides file systems and object storage; knows nothing of what is in an object.
 */
@NullMarked
package dev.yado.storage.repository.store;

import org.jspecify.annotations.NullMarked;
