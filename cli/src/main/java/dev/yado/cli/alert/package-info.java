/** Owns the commands about alerts, one file each. */
@NullMarked
package dev.yado.cli.alert;

import org.jspecify.annotations.NullMarked;
