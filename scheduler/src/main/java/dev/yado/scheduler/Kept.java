package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a VM keeps wherever it is, so that a host must have it.
 *
 * @param machineType null before its first start: any
 * @param pools where disks of it lie, or are to
 * @param pinned the only host that it may be on; null: any
 * @param repositories of the backups that its disks are to be made from
 * @param snapshots the host that has the snapshots that its disks are to be copied from; null: there are none
 */
public record Kept(
        @Nullable String machineType,
        Cpu cpu,
        List<InPool> pools,
        @Nullable HostId pinned,
        List<Repository> repositories,
        @Nullable HostId snapshots) {
    public static final Kept NOTHING = new Kept(null, new Cpu.Any(), List.of());

    public Kept {
        pools = List.copyOf(pools);
        repositories = List.copyOf(repositories);
    }

    /** Of a VM whose disks are copied from no snapshot. */
    public Kept(
            @Nullable String machineType,
            Cpu cpu,
            List<InPool> pools,
            @Nullable HostId pinned,
            List<Repository> repositories) {
        this(machineType, cpu, pools, pinned, repositories, null);
    }

    /** Of a VM whose disks are made from no backup. */
    public Kept(@Nullable String machineType, Cpu cpu, List<InPool> pools, @Nullable HostId pinned) {
        this(machineType, cpu, pools, pinned, List.of());
    }

    /** Of a VM that is pinned to no host. */
    public Kept(@Nullable String machineType, Cpu cpu, List<InPool> pools) {
        this(machineType, cpu, pools, null);
    }

    public Kept with(Cpu other) {
        return new Kept(machineType, other, pools, pinned, repositories, snapshots);
    }

    public sealed interface Cpu {
        record Any() implements Cpu {}

        /** It is pinned to this model. */
        record Named(String model) implements Cpu {}

        /** It will be pinned to the model of the accelerator that it gets. */
        record Baseline(Map<Accelerator, String> models) implements Cpu {
            public Baseline {
                models = Map.copyOf(models);
            }
        }

        /**
         * It runs with all that the processor of its host has, and goes on only on its like.
         *
         * @param accelerator what it runs with
         * @param here what its host has
         */
        record Like(Accelerator accelerator, Mobility here) implements Cpu {}
    }

    /**
     * Disks in a shared pool.
     *
     * @param marker of the pool that they were made in; null: not made yet
     * @param needed what they will take of the pool, which has not been promised to them yet
     */
    public record InPool(String name, @Nullable UUID marker, Mebibytes needed) {}

    /** @param marker what lies in it, whatever the host calls it */
    public record Repository(String name, UUID marker) {}
}
