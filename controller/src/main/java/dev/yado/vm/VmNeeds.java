package dev.yado.vm;

import dev.yado.network.NetworkNeeds;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.tenant.Quota;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a VM needs of a host.
 *
 * @param disk in the host's own pool
 * @param pins what it keeps wherever it is
 * @param architecture that of its images
 * @param networks what the networks of its cards need
 */
public record VmNeeds(
        int vcpus,
        Mebibytes memory,
        Mebibytes disk,
        Architecture architecture,
        AcceleratorChoice accelerator,
        NetworkNeeds networks,
        Pins pins) {

    /** The same with another accelerator. */
    public VmNeeds with(AcceleratorChoice other) {
        return new VmNeeds(vcpus, memory, disk, architecture, other, networks, pins);
    }

    /** What it takes of its tenant's quota. */
    Quota.Amounts ofQuota() {
        long shared =
                pins.disks().stream().mapToLong(each -> each.size().value()).sum();
        return new Quota.Amounts(1, vcpus, memory.value(), disk.value() + shared);
    }

    /**
     * @param fresh it has never been on a host: it is pinned when it gets one
     * @param machineType null: to none yet
     * @param cpuModel null: to none
     * @param host the only one that it may be on; null: any
     * @param disks those in shared pools
     * @param repositories of the backups that its disks are still to be made from
     * @param snapshots the host that has those that its disks are still to be copied from; null: there are none
     */
    public record Pins(
            boolean fresh,
            @Nullable String machineType,
            @Nullable String cpuModel,
            @Nullable HostId host,
            List<SharedDisk> disks,
            List<Repository> repositories,
            @Nullable HostId snapshots) {
        public Pins {
            disks = List.copyOf(disks);
            repositories = List.copyOf(repositories);
        }
    }

    /** @param marker what lies in it, whatever hosts call it */
    public record Repository(String name, UUID marker) {}

    /** @param marker of the pool that it is in; null: it is not made yet */
    public record SharedDisk(String pool, @Nullable UUID marker, Mebibytes size) {}
}
