/** Owns the commands about the drift ledger, one file each. */
@NullMarked
package dev.yado.cli.drift;

import org.jspecify.annotations.NullMarked;
