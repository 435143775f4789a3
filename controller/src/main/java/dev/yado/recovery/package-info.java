/**
 * Owns the backups of the controllers themselves: database and keys in a repository, and the program that brings them back.
 * Promises a backup that is whole or absent, closed without the recovery key, and a restored controller that lowers no number.
 * Hides the form of the dump and which facts are left out of it.
 */
@NullMarked
package dev.yado.recovery;

import org.jspecify.annotations.NullMarked;
