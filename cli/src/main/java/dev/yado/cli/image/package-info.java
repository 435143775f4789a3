/** Owns the commands about images, one file each. */
@NullMarked
package dev.yado.cli.image;

import org.jspecify.annotations.NullMarked;
