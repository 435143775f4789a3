/**
 * Owns hooks of backup schedules: who is told by HTTP what became of a backup.
 * Promises that a result that counts is told, again and again for a day, by any replica, and that no backup waits for it.
 * Hides secrets, signatures and where the controller may connect to.
 */
@NullMarked
package dev.yado.hook;

import org.jspecify.annotations.NullMarked;
