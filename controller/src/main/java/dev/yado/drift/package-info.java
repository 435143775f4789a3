/**
 * Owns the drift ledger: where wanted (rows), reported (hosts' reports) and real (inventories) have parted, since when, and which
 * rule deals with it. Promises: one lasting entry per kind and object; what ends stays readable. Hides the comparison. Heals nothing
 * itself: {@code reconcile} does.
 */
@NullMarked
package dev.yado.drift;

import org.jspecify.annotations.NullMarked;
