package dev.yado.protocol;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a host is for moves: what guests it could take.
 *
 * @param certificates of the authority that signs this host's ends of the streams, PEM
 * @param machineTypes versioned, that its QEMU has
 * @param cpuModels by accelerator: named CPU models that a guest gets here with all their features, the best last
 * @param cpu the processor's own name, for people
 * @param pools shared ones that it has
 * @param snapshots it fetches what snapshots of a VM that comes have on its source; null: its daemon is older than that
 */
public record MigrationFacts(
        String certificates,
        List<String> machineTypes,
        Map<Accelerator, List<String>> cpuModels,
        String cpu,
        List<SharedPool> pools,
        @Nullable Boolean snapshots) {
    public MigrationFacts {
        machineTypes = List.copyOf(machineTypes);
        cpuModels = Map.copyOf(cpuModels);
        pools = List.copyOf(pools);
    }

    public boolean takesSnapshots() {
        return Boolean.TRUE.equals(snapshots);
    }

    /**
     * A pool that several hosts see.
     *
     * @param marker what lies in it: two hosts with the same marker have the same pool, whatever they call it; of zeroes when the
     *     host has never seen it
     * @param problem why no disk of it can be opened now, for people; null: they can
     */
    public record SharedPool(
            String name,
            UUID marker,
            Mebibytes size,
            Mebibytes free,
            @Nullable String problem) {}
}
