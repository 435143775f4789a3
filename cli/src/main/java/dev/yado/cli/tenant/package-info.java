/** Owns the commands about tenants and their tokens, one file each. */
@NullMarked
package dev.yado.cli.tenant;

import org.jspecify.annotations.NullMarked;
