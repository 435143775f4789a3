/**
 * Owns the addresses of IP and Ethernet and the arithmetic on them, for both sides.
 * Promises one canonical text for each, refusal of every other, and that nothing is ever looked up.
 * Hides that addresses are bytes.
 */
@NullMarked
package dev.yado.protocol.address;

import org.jspecify.annotations.NullMarked;
