/** Owns the daemon's start and end and what its options mean. Hides how the parts are put together. */
@NullMarked
package dev.yado.vmmd;

import org.jspecify.annotations.NullMarked;
