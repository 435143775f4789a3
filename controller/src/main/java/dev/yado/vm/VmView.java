package dev.yado.vm;

import dev.yado.api.Etag;
import dev.yado.network.NicView;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.GuestAgentState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A VM as its owner sees it.
 *
 * @param stateSince when its host entered that state; for UNKNOWN, when it was last heard of
 * @param lastKnown only while UNKNOWN: what its host said last
 * @param accelerator what the present run uses; null when it does not run
 * @param pinned the only host that it may be on; null: any
 * @param operation the open operation on it
 * @param restoring disks still come from the backup that it was made of, while it is used
 * @param restoredAt when all had come; null: it has not, or was there before the VM
 * @param agent null when it does not run, or has no channel to one
 * @param cards how many network cards it has
 * @param nics these cards, without their groups
 */
public record VmView(
        VmId id,
        TenantId tenant,
        String name,
        DesiredState desired,
        VmState state,
        @Nullable String stateReason,
        @Nullable Instant stateSince,
        @Nullable ObservedState lastKnown,
        @Nullable HostId host,
        @Nullable HostId pinned,
        AcceleratorChoice acceleratorChoice,
        @Nullable Accelerator accelerator,
        int vcpus,
        Mebibytes memory,
        List<Disk> disks,
        @Nullable Boot boot,
        @Nullable Autostart autostart,
        long generation,
        @Nullable OperationId operation,
        Instant createdAt,
        boolean restoring,
        @Nullable Instant restoredAt,
        @Nullable GuestAgentState agent,
        int cards,
        List<NicView> nics,
        SortedMap<String, String> labels) {
    public VmView {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    VmView with(List<NicView> found) {
        return new VmView(
                id,
                tenant,
                name,
                desired,
                state,
                stateReason,
                stateSince,
                lastKnown,
                host,
                pinned,
                acceleratorChoice,
                accelerator,
                vcpus,
                memory,
                disks,
                boot,
                autostart,
                generation,
                operation,
                createdAt,
                restoring,
                restoredAt,
                agent,
                cards,
                found,
                labels);
    }

    /** Of what changes when something happens: disks and cards do with the generation only, and how long a host is silent is no change. */
    public Etag etag() {
        boolean bare = disks.isEmpty() && nics.isEmpty();
        return Etag.of(generation, bare && state != VmState.UNKNOWN ? this : withoutAges());
    }

    private VmView withoutAges() {
        boolean unknown = state == VmState.UNKNOWN;
        return new VmView(
                id,
                tenant,
                name,
                desired,
                state,
                unknown ? null : stateReason,
                unknown ? null : stateSince,
                lastKnown,
                host,
                pinned,
                acceleratorChoice,
                accelerator,
                vcpus,
                memory,
                List.of(),
                boot,
                autostart,
                generation,
                operation,
                createdAt,
                restoring,
                restoredAt,
                agent,
                cards,
                List.of(),
                labels);
    }

    /** @param pool the shared pool that it is in; null: its host's own */
    public record Disk(
            DiskId id,
            @Nullable ImageId image,
            Mebibytes size,
            @Nullable String pool) {}
}
