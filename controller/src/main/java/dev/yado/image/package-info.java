/**
 * Owns images: their rows, and their content, kept once per digest below {@code <state>/images}. Promises that a READY image is
 * on disk, stands alone, is what its format says and never changes. Hides files, digests and where an import connects to.
 */
@NullMarked
package dev.yado.image;

import org.jspecify.annotations.NullMarked;
