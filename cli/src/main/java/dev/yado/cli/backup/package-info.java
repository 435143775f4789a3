/** Owns the commands about backups, one file each. */
@NullMarked
package dev.yado.cli.backup;

import org.jspecify.annotations.NullMarked;
