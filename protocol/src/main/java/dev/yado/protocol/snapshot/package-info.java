/**
 * What controller and hosts say to each other about snapshots of a VM's disks: {@link SnapshotAgent}. A snapshot lies beside the disks
 * that it is of, on the VM's host, and goes with the VM. Knows nothing of QEMU.
 */
@NullMarked
package dev.yado.protocol.snapshot;

import org.jspecify.annotations.NullMarked;
