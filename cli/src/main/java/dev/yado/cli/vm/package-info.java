/** Owns the commands about VMs, one file each. */
@NullMarked
package dev.yado.cli.vm;

import org.jspecify.annotations.NullMarked;
