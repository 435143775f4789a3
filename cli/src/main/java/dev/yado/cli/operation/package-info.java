/** Owns the commands about operations, one file each. */
@NullMarked
package dev.yado.cli.operation;

import org.jspecify.annotations.NullMarked;
