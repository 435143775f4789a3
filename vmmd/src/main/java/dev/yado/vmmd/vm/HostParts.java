package dev.yado.vmmd.vm;

import dev.yado.protocol.VmReport;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.storage.Pools;
import dev.yado.vmmd.backup.BackupParts;
import dev.yado.vmmd.move.MoveParts;
import dev.yado.vmmd.network.Networks;
import dev.yado.vmmd.qemu.QemuLauncher;
import dev.yado.vmmd.snapshot.SnapshotParts;
import dev.yado.vmmd.store.DisruptionStore;
import dev.yado.vmmd.store.VmStore;
import java.time.Clock;
import java.util.function.Consumer;

/**
 * What all VMs of a host share.
 *
 * @param bootId the present boot of the host's kernel
 * @param reports takes what changed; must not block
 * @param drift takes what was found wrong and is in order again; must not block
 */
public record HostParts(
        VmStore store,
        Pools pools,
        QemuLauncher qemu,
        Networks networks,
        Accelerators accelerators,
        GuestCgroups cgroups,
        MoveParts moves,
        DisruptionStore disruptions,
        BackupParts backups,
        SnapshotParts snapshots,
        String bootId,
        Clock clock,
        Consumer<VmReport> reports,
        Consumer<DriftFinding> drift) {}
