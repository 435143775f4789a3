package dev.yado.scheduler;

import dev.yado.protocol.Mebibytes;

/**
 * The operator's choices.
 *
 * @param vcpuOvercommit promised vCPUs per CPU
 * @param memoryReserve what the host's own system keeps
 * @param diskOvercommit promised disk per disk: disks are thin
 */
public record PlacementPolicy(
        double vcpuOvercommit, Mebibytes memoryReserve, double diskOvercommit, Strategy strategy) {
    public static final PlacementPolicy DEFAULT = new PlacementPolicy(8.0, new Mebibytes(512), 2.0, Strategy.SPREAD);

    public enum Strategy {
        /** Even load: the emptiest host first. */
        SPREAD,
        /** Few hosts: the fullest one that still has room first. */
        PACK
    }

    public PlacementPolicy {
        if (!(vcpuOvercommit > 0) || !(diskOvercommit > 0)) {
            throw new IllegalArgumentException("an overcommit ratio is greater than zero");
        }
    }

    int sellableVcpus(HostSnapshot host) {
        return (int) Math.floor(host.capacity().vcpus() * vcpuOvercommit);
    }

    Mebibytes sellableMemory(HostSnapshot host) {
        return host.capacity().memory().minus(memoryReserve);
    }

    Mebibytes sellableDisk(HostSnapshot host) {
        return sellable(host.capacity().disk());
    }

    Mebibytes sellable(Mobility.SharedPool pool) {
        return sellable(pool.size());
    }

    private Mebibytes sellable(Mebibytes disk) {
        return new Mebibytes((long) Math.floor(disk.value() * diskOvercommit));
    }
}
