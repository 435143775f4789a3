/**
 * Owns how a disk comes to a repository and back: what is asked of QEMU in which order, the sockets between them, what is left when
 * somebody dies in between. Promises that a guest waits for nothing but its own disk, and that a job which ends leaves nothing behind.
 * Hides NBD, bitmaps and block jobs. Knows no loop: it is told and asked by one.
 */
@NullMarked
package dev.yado.vmmd.backup;

import org.jspecify.annotations.NullMarked;
