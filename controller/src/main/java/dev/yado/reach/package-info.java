/**
 * Owns where the controller may connect to on behalf of callers.
 * Promises that an address that is checked is the one that is connected to.
 */
@NullMarked
package dev.yado.reach;

import org.jspecify.annotations.NullMarked;
