/**
 * Owns the judgement on a migration under way: what to try next so that it ends, and what a move would be like if it began now.
 * Promises that it ends by its goal's deadline, that nothing is done that the goal forbids, and that what it does has a reason with figures.
 * Hides QEMU's peculiarities in judging convergence. Pure: it is given statistics and time, and acts on nothing.
 */
@NullMarked
package dev.yado.vmmd.move.ladder;

import org.jspecify.annotations.NullMarked;
