package dev.yado.vmmd.snapshot;

import dev.yado.storage.DiskOrigins;
import dev.yado.storage.Pools;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.store.SnapshotStore;

/** What all snapshots of a host share. */
public record SnapshotParts(SnapshotStore store, Pools pools, QemuLauncher qemu, DiskOrigins origins) {}
