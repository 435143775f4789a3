/** Owns the commands about snapshots, one file each. */
@NullMarked
package dev.yado.cli.snapshot;

import org.jspecify.annotations.NullMarked;
