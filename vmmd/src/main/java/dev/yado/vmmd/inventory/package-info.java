/**
 * Owns the look at what is really on the host: processes, disks, images, records, sockets, control groups. Promises that it touches
 * nothing but what this daemon made, that what it heals is told, and that foreign things are told and left alone. Hides /proc.
 */
@NullMarked
package dev.yado.vmmd.inventory;

import org.jspecify.annotations.NullMarked;
