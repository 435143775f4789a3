package dev.yado.vmmd;

import dev.yado.kernel.ProcFs;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.MigrationFacts;
import dev.yado.storage.Pools;
import dev.yado.storage.SharedPool;
import dev.yado.vmmd.move.StreamAuthority;
import dev.yado.vmmd.qemu.QemuCapabilities;
import dev.yado.vmmd.vm.Accelerators;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What guests of other hosts find here. */
final class MigrationOffer {
    private final StreamAuthority authority;
    private final List<String> machineTypes;
    private final Map<Accelerator, List<String>> cpuModels;
    private final String cpu;
    private final Pools pools;

    MigrationOffer(
            StreamAuthority authority, QemuCapabilities qemu, Accelerators accelerators, ProcFs proc, Pools pools)
            throws IOException {
        this.authority = authority;
        this.machineTypes = qemu.versionedMachineTypes();
        this.cpu = proc.cpuModel();
        this.pools = pools;
        String vendor = proc.cpuVendor();
        cpuModels = new EnumMap<>(Accelerator.class);
        accelerators.usable().forEach(accelerator -> cpuModels.put(accelerator, qemu.cpuModels(accelerator, vendor)));
    }

    /** Never blocks. */
    MigrationFacts facts() {
        List<MigrationFacts.SharedPool> shared =
                pools.shared().stream().map(MigrationOffer::fact).toList();
        return new MigrationFacts(authority.certificates(), machineTypes, cpuModels, cpu, shared, true);
    }

    private static MigrationFacts.SharedPool fact(SharedPool pool) {
        SharedPool.Standing now = pool.standing();
        return new MigrationFacts.SharedPool(now.name(), now.marker(), now.size(), now.free(), now.problem());
    }
}
