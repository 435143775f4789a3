package dev.yado.simulator;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.RequestPolicy.Decision;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Takes and refuses what is wanted of VMs, by the same {@link RequestPolicy} as the daemon. Used under the host's lock. */
final class Orders {
    private final HostMemory memory;
    private final Work work;
    private final Departures departures;
    private final Takings takings;
    private final Snapshots snapshots;
    private final Background background;
    private final Daemon daemon;

    Orders(
            HostMemory memory,
            Work work,
            Departures departures,
            Takings takings,
            Snapshots snapshots,
            Background background,
            Daemon daemon) {
        this.snapshots = snapshots;
        this.takings = takings;
        this.memory = memory;
        this.work = work;
        this.departures = departures;
        this.background = background;
        this.daemon = daemon;
    }

    VmReport put(CallFence fence, VmSpec spec) {
        Guest known = memory.find(spec.id());
        switch (RequestPolicy.onPut(known == null ? null : known.memory, fence, spec)) {
            case Decision.Accept() -> {
                if (spec.desired() != DesiredState.STOPPED) {
                    memory.networks().requireNetworksOf(spec);
                }
                Guest guest = known == null ? new Guest(absent(spec.id(), 0)) : known;
                requireHere(guest, spec);
                guest.memory = new RequestPolicy.Memory(spec, spec.generation(), fence);
                work.accepted(guest, spec);
                memory.keep(spec.id(), guest);
                daemon.changed(spec.id());
                daemon.passed(SimulatedHost.Moment.CALL_ACCEPTED);
                background.begin(guest);
                return guest.report;
            }
            case Decision.Repeat() -> {
                return Objects.requireNonNull(known).report;
            }
            case Decision.Refuse(var code, String detail) -> throw new HostRefusal(code, detail);
        }
    }

    /** What is asked to go is gone when this returns, unless work is held. */
    VmReport delete(CallFence fence, VmId vm, long generation) {
        Guest known = memory.find(vm);
        Guest guest = known == null ? new Guest(absent(vm, generation)) : known;
        switch (RequestPolicy.onDelete(guest.memory, fence, generation)) {
            case Decision.Accept() -> {
                requireHere(guest, null);
                takings.makeWay(vm, "the VM is removed");
                snapshots.forget(vm);
                guest.memory = new RequestPolicy.Memory(null, generation, fence);
                work.condemned(guest, generation);
                memory.keep(vm, guest);
                daemon.changed(vm);
                daemon.passed(SimulatedHost.Moment.CALL_ACCEPTED);
            }
            case Decision.Repeat() -> daemon.changed(vm);
            case Decision.Refuse(var code, String detail) -> throw new HostRefusal(code, detail);
        }
        background.finishAtOnce(guest);
        background.begin(guest);
        return guest.report;
    }

    /** @param next null: it is to be removed */
    private void requireHere(Guest guest, @Nullable VmSpec next) {
        departures.makeWay(guest.report.id(), next);
        if (guest.moving != null) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "VM " + guest.report.id() + " is " + guest.moving + ": another host has, or may have, it.");
        }
    }

    private VmReport absent(VmId vm, long generation) {
        return VmReport.absent(vm, generation, 0, daemon.now());
    }
}
