/** Owns the commands about quotas, one file each. */
@NullMarked
package dev.yado.cli.quota;

import org.jspecify.annotations.NullMarked;
