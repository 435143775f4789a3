package dev.yado.scheduler;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.NetworkFacts;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one host when a place is looked for.
 *
 * @param alive its lease has not expired
 * @param silence time since its last report
 * @param runnable accelerators that can execute guests here, at whatever speed
 * @param preferred what {@code AUTO} becomes here
 * @param capacity what the host has
 * @param allocated sum of the allocations on it
 * @param network what it says it can do for networks; null: nothing
 * @param maintenance it has been taken out of service
 * @param repositories of backups that it can read and write now
 */
public record HostSnapshot(
        HostId id,
        String name,
        boolean alive,
        Duration silence,
        Architecture architecture,
        Set<Accelerator> runnable,
        Accelerator preferred,
        Resources capacity,
        Resources allocated,
        @Nullable NetworkFacts network,
        Mobility mobility,
        boolean maintenance,
        Set<Kept.Repository> repositories) {
    public HostSnapshot {
        runnable = Set.copyOf(runnable);
        repositories = Set.copyOf(repositories);
    }

    /** A host that carries no networks and takes part in no moves. */
    public HostSnapshot(
            HostId id,
            String name,
            boolean alive,
            Duration silence,
            Architecture architecture,
            Set<Accelerator> runnable,
            Accelerator preferred,
            Resources capacity,
            Resources allocated) {
        this(
                id,
                name,
                alive,
                silence,
                architecture,
                runnable,
                preferred,
                capacity,
                allocated,
                null,
                Mobility.NONE,
                false,
                Set.of());
    }

    /** The same with this much taken of it. */
    public HostSnapshot holding(Resources taken) {
        return new HostSnapshot(
                id,
                name,
                alive,
                silence,
                architecture,
                runnable,
                preferred,
                capacity,
                taken,
                network,
                mobility,
                maintenance,
                repositories);
    }

    public HostSnapshot with(Mobility other) {
        return new HostSnapshot(
                id,
                name,
                alive,
                silence,
                architecture,
                runnable,
                preferred,
                capacity,
                allocated,
                network,
                other,
                maintenance,
                repositories);
    }

    public HostSnapshot inMaintenance(boolean now) {
        return new HostSnapshot(
                id,
                name,
                alive,
                silence,
                architecture,
                runnable,
                preferred,
                capacity,
                allocated,
                network,
                mobility,
                now,
                repositories);
    }

    public HostSnapshot with(Set<Kept.Repository> others) {
        return new HostSnapshot(
                id,
                name,
                alive,
                silence,
                architecture,
                runnable,
                preferred,
                capacity,
                allocated,
                network,
                mobility,
                maintenance,
                others);
    }

    /** Amounts of what VMs take. */
    public record Resources(int vcpus, Mebibytes memory, Mebibytes disk) {
        public static final Resources NONE = new Resources(0, Mebibytes.ZERO, Mebibytes.ZERO);

        public Resources plus(Resources more) {
            return new Resources(vcpus + more.vcpus, memory.plus(more.memory), disk.plus(more.disk));
        }
    }
}
