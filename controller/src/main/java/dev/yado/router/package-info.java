/**
 * Owns routers, their gateways and floating IPs. Promises that an external address leads to one card at most, also while it moves, and
 * that a router is on one host at a time as far as hosts can be told. Hides the rows.
 */
@NullMarked
package dev.yado.router;

import org.jspecify.annotations.NullMarked;
