/**
 * Placement: a fleet snapshot and a request in, a decision that explains itself out. Pure: no clock, no I/O, no state; the same
 * input gives the same decision. Hides the filters (may a host take it?) and the weights (which host is best?), one file each.
 */
@NullMarked
package dev.yado.scheduler;

import org.jspecify.annotations.NullMarked;
