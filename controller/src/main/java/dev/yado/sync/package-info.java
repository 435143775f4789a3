/**
 * Tells hosts of networks, on behalf of flows and reconcilers: one call each, of what one snapshot says. Promises: whatever may be
 * repeated or come late does no harm. Remembers nothing; what came of it is for the caller to write.
 */
@NullMarked
package dev.yado.sync;

import org.jspecify.annotations.NullMarked;
