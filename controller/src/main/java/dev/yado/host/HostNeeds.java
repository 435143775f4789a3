package dev.yado.host;

import dev.yado.network.NetworkNeeds;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Mebibytes;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.Kept;
import dev.yado.scheduler.Mobility;
import dev.yado.scheduler.PlacementRequest;
import dev.yado.vm.VmNeeds;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What VMs need, in the words of the scheduler. */
public final class HostNeeds {
    private HostNeeds() {}

    public static PlacementRequest of(VmNeeds needs) {
        return new PlacementRequest(
                new Resources(needs.vcpus(), needs.memory(), needs.disk()),
                needs.architecture(),
                needs.accelerator(),
                networks(needs.networks()),
                new Kept(
                        needs.pins().machineType(),
                        cpu(needs.pins()),
                        pools(needs.pins()),
                        needs.pins().host(),
                        needs.pins().repositories().stream()
                                .map(each -> new Kept.Repository(each.name(), each.marker()))
                                .toList(),
                        needs.pins().snapshots()));
    }

    /**
     * Of a VM that goes elsewhere.
     *
     * @param with what its guest runs with; null: it does not run, and begins anew wherever it is started
     * @param here what its host has
     */
    public static PlacementRequest elsewhere(VmNeeds needs, @Nullable Accelerator with, Mobility here) {
        PlacementRequest request = of(needs);
        if (with == null) {
            return request;
        }
        Kept kept = request.kept();
        boolean pinned = kept.cpu() instanceof Kept.Cpu.Named;
        return new PlacementRequest(
                request.needed(),
                request.architecture(),
                AcceleratorChoice.valueOf(with.name()),
                request.networks(),
                pinned ? kept : kept.with(new Kept.Cpu.Like(with, here)));
    }

    private static Kept.Cpu cpu(VmNeeds.Pins pins) {
        String model = pins.cpuModel();
        if (model != null) {
            return new Kept.Cpu.Named(model);
        }
        return pins.fresh() ? new Kept.Cpu.Baseline(Map.of()) : new Kept.Cpu.Any();
    }

    /** Disks that are made already have their room. */
    private static List<Kept.InPool> pools(VmNeeds.Pins pins) {
        Map<String, Kept.InPool> pools = new TreeMap<>();
        for (VmNeeds.SharedDisk disk : pins.disks()) {
            Mebibytes needed = disk.marker() == null ? disk.size() : Mebibytes.ZERO;
            pools.merge(
                    disk.pool(),
                    new Kept.InPool(disk.pool(), disk.marker(), needed),
                    (one, other) -> new Kept.InPool(
                            one.name(),
                            one.marker() == null ? other.marker() : one.marker(),
                            one.needed().plus(other.needed())));
        }
        return List.copyOf(pools.values());
    }

    private static PlacementRequest.Networks networks(NetworkNeeds needs) {
        return needs.any()
                ? new PlacementRequest.Networks(true, needs.tunnel(), needs.providers())
                : PlacementRequest.Networks.NONE;
    }
}
