/**
 * Owns tenants and their tokens. Promises that a token can be read once, that a revoked one ends at once, and that a tenant goes
 * only when nothing of it is left. Hides the rows.
 */
@NullMarked
package dev.yado.tenant;

import org.jspecify.annotations.NullMarked;
