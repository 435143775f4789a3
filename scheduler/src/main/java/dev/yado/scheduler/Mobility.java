package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Mebibytes;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What guests that come to a host, or will leave it again, find there.
 *
 * @param cpu the processor's own name
 * @param cpuModels named models by accelerator, the best last
 * @param machineTypes versioned
 */
public record Mobility(
        String cpu, Map<Accelerator, List<String>> cpuModels, List<String> machineTypes, List<SharedPool> pools) {
    /** Of a host that says nothing of moves: it takes part in none. */
    public static final Mobility NONE = new Mobility("", Map.of(), List.of(), List.of());

    public Mobility {
        // Asked for every host of the fleet at each placement.
        Map<Accelerator, List<String>> byAccelerator = new EnumMap<>(Accelerator.class);
        byAccelerator.putAll(cpuModels);
        cpuModels = Collections.unmodifiableMap(byAccelerator);
        machineTypes = List.copyOf(machineTypes);
        pools = List.copyOf(pools);
    }

    public List<String> models(Accelerator accelerator) {
        return cpuModels.getOrDefault(accelerator, List.of());
    }

    Optional<SharedPool> pool(String name) {
        return pools.stream().filter(pool -> pool.name().equals(name)).findFirst();
    }

    /**
     * A pool that other hosts see too.
     *
     * @param marker tells it from others of its name
     * @param promised sum of the disks in it, of VMs on whatever host
     * @param problem why no disk of it can be opened on this host now; null: they can
     */
    public record SharedPool(
            String name,
            UUID marker,
            Mebibytes size,
            Mebibytes promised,
            @Nullable String problem) {}
}
