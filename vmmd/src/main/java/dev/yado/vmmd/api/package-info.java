/**
 * Owns the daemon's HTTP interface: routes, who may call, limits, error answers. Promises that a request is answered or
 * refused with a code, whatever was sent. Hides the HTTP server.
 */
@NullMarked
package dev.yado.vmmd.api;

import org.jspecify.annotations.NullMarked;
