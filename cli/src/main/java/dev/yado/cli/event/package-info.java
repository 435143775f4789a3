/** Owns the commands about events, one file each. */
@NullMarked
package dev.yado.cli.event;

import org.jspecify.annotations.NullMarked;
