/**
 * Brings together what is wanted and what is, where no operation does it (any more). Each reconciler takes no input: a timer runs
 * the same scan again and again, and running it twice, or in two replicas at once, does no harm.
 */
@NullMarked
package dev.yado.reconcile;

import org.jspecify.annotations.NullMarked;
