/**
 * Snapshots of a VM's disks: taken of all at one instant, gone back to, and deleted while the guest goes on. What is begun is carried to
 * its end or leaves all as it was, whoever is killed meanwhile. Hides QEMU's commands and the files beside the disks; when something may
 * be done is for the VM's loop to say.
 */
@NullMarked
package dev.yado.vmmd.snapshot;

import org.jspecify.annotations.NullMarked;
