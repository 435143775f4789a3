package dev.yado.host;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.MigrationFacts.SharedPool;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a host says of itself for moves, as far as a change of it is news: the room that is left in a shared pool is news when it has
 * changed by a thirty-second of the pool. Reads the same in every replica.
 */
record MovesSaid(
        String certificates,
        List<String> machineTypes,
        SortedMap<Accelerator, List<String>> cpuModels,
        String cpu,
        List<Pool> pools,
        boolean takesSnapshots) {
    private static final int STEPS = 32;

    record Pool(
            String name,
            UUID marker,
            long size,
            long freeSteps,
            @Nullable String problem) {}

    static @Nullable MovesSaid of(@Nullable MigrationFacts facts) {
        return facts == null
                ? null
                : new MovesSaid(
                        facts.certificates(),
                        facts.machineTypes(),
                        new TreeMap<>(facts.cpuModels()),
                        facts.cpu(),
                        facts.pools().stream().map(MovesSaid::pool).toList(),
                        facts.takesSnapshots());
    }

    private static Pool pool(SharedPool pool) {
        long size = pool.size().value();
        long steps = size == 0 ? 0 : pool.free().value() * STEPS / size;
        return new Pool(pool.name(), pool.marker(), size, steps, pool.problem());
    }
}
