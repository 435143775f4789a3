/**
 * Owns hosts out of service: plans and carries out that their guests go elsewhere, knows each guest's lot, and takes hosts out of
 * service one after the other. Promises: nothing is placed on such a host; a guest that cannot move is named and left alone until
 * somebody has decided; a move that fails is tried again a bounded number of times; the way back is one call at any moment.
 */
@NullMarked
package dev.yado.maintenance;

import org.jspecify.annotations.NullMarked;
