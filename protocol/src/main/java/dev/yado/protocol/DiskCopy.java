package dev.yado.protocol;

/**
 * The snapshot that a disk is copied from, once, on the host that has it: a disk that exists keeps what it has. The copy lies in the pool
 * of that kind, stands on the image that the other disk stands on, and on nothing of that disk.
 *
 * @param vm whose snapshot it is; it, and the snapshot, are not removed before the copy is made
 * @param disk of that VM
 */
public record DiskCopy(VmId vm, SnapshotId snapshot, DiskId disk) {}
