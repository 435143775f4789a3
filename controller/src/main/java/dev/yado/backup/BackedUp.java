package dev.yado.backup;

import dev.yado.network.NicView;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkId;
import dev.yado.vm.Boot;
import dev.yado.vm.VmView;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM as it was when it was backed up: what another is made by.
 *
 * @param networks that its cards were in
 */
record BackedUp(
        int vcpus,
        Mebibytes memory,
        List<Disk> disks,
        @Nullable Boot boot,
        AcceleratorChoice accelerator,
        @Nullable Autostart autostart,
        List<NetworkId> networks) {
    BackedUp {
        disks = List.copyOf(disks);
        networks = List.copyOf(networks);
    }

    /** @param pool the shared pool that it was in; null: its host's own */
    record Disk(DiskId id, Mebibytes size, @Nullable String pool) {}

    static BackedUp of(VmView vm) {
        return new BackedUp(
                vm.vcpus(),
                vm.memory(),
                vm.disks().stream()
                        .map(disk -> new Disk(disk.id(), disk.size(), disk.pool()))
                        .toList(),
                vm.boot(),
                vm.acceleratorChoice(),
                vm.autostart(),
                vm.nics().stream().map(NicView::network).toList());
    }
}
