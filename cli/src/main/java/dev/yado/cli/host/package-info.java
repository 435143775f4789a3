/** Owns the commands about hosts, one file each. */
@NullMarked
package dev.yado.cli.host;

import org.jspecify.annotations.NullMarked;
