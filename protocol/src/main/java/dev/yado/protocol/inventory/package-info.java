/**
 * Words for what is really on a host, whatever was said of it: what its daemon finds when it looks, kinds of drift from what should
 * be, and the named rule that heals or quarantines each. No I/O.
 */
@NullMarked
package dev.yado.protocol.inventory;

import org.jspecify.annotations.NullMarked;
