package dev.yado.simulator;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.RequestPolicy.Decision;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.ArrivalAnswer.Phase;
import dev.yado.protocol.migration.MigrationId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** VMs that come to the host. All of it is on its disk. Used under the host's lock. */
final class Arrivals {
    private static final int MEMORY_PORT = 49152;
    private static final int DISK_PORT = 49153;

    private final Map<VmId, Pending> pending = new LinkedHashMap<>();
    /** For ever: what was decided once is answered always. */
    private final Map<MigrationId, ArrivalAnswer> decided = new HashMap<>();

    private final HostMemory memory;
    private final Work work;
    private final Snapshots snapshots;
    private final Daemon daemon;
    private final String name;

    private record Pending(Arrival arrival, Phase phase) {
        MigrationId id() {
            return arrival.id();
        }
    }

    Arrivals(String name, HostMemory memory, Work work, Snapshots snapshots, Daemon daemon) {
        this.snapshots = snapshots;
        this.name = name;
        this.memory = memory;
        this.work = work;
        this.daemon = daemon;
    }

    ArrivalAnswer put(CallFence fence, VmId vm, Arrival arrival) {
        ArrivalAnswer known = decided.get(arrival.id());
        if (known != null) {
            return answered(known);
        }
        Guest guest = memory.find(vm);
        Pending before = pending.get(vm);
        if (guest != null && before == null && guest.memory != null && guest.memory.spec() != null) {
            throw new HostRefusal(ErrorCode.CONFLICT, "VM " + vm + " is on this host already.");
        }
        switch (RequestPolicy.onPut(guest == null ? null : guest.memory, fence, arrival.spec())) {
            case Decision.Refuse(ErrorCode code, String detail) -> throw new HostRefusal(code, detail);
            case Decision.Repeat() -> {}
            case Decision.Accept() -> {
                if (before != null) {
                    abort(vm, before, "a newer move of the VM has begun");
                }
                accept(fence, vm, arrival);
            }
        }
        Pending now = pending.get(vm);
        if (now == null || !now.id().equals(arrival.id())) {
            throw new HostRefusal(ErrorCode.CONFLICT, "Another move of VM " + vm + " comes to this host.");
        }
        return answer(now);
    }

    private static ArrivalAnswer answered(ArrivalAnswer known) {
        if (known.phase() == Phase.ABORTED) {
            throw new HostRefusal(ErrorCode.STALE_GENERATION, "Move " + known.id() + " was aborted here.");
        }
        return known;
    }

    private void accept(CallFence fence, VmId vm, Arrival arrival) {
        if (arrival.live()) {
            memory.networks().requireNetworksOf(arrival.spec());
        }
        VmSpec spec = arrival.spec();
        Guest present = memory.find(vm);
        Guest guest = present == null ? new Guest(VmReport.absent(vm, 0, 0, daemon.now())) : present;
        guest.memory = new RequestPolicy.Memory(spec, spec.generation(), fence);
        guest.moving = ObservedState.ARRIVING;
        guest.report = work.onTheMove(guest, spec.generation(), ObservedState.ARRIVING);
        memory.keep(vm, guest);
        snapshots.arrive(vm, arrival.carried());
        pending.put(vm, new Pending(arrival, Phase.PREPARING));
        daemon.changed(vm);
        daemon.passed(SimulatedHost.Moment.CALL_ACCEPTED);
        daemon.begin();
    }

    /** Makes ready for what is prepared. @return whether there was anything to do */
    boolean work() {
        List<Map.Entry<VmId, Pending>> due = pending.entrySet().stream()
                .filter(each -> each.getValue().phase() == Phase.PREPARING)
                .toList();
        due.forEach(each -> {
            pending.put(each.getKey(), new Pending(each.getValue().arrival(), Phase.READY));
            daemon.changed(each.getKey());
        });
        return !due.isEmpty();
    }

    ArrivalAnswer settle(VmId vm, MigrationId migration) {
        ArrivalAnswer known = decided.get(migration);
        if (known != null) {
            return known;
        }
        Pending waiting = pending.get(vm);
        return waiting != null && waiting.id().equals(migration)
                ? abort(vm, waiting, "it was settled before the guest was let go")
                : decide(migration, Phase.ABORTED, "it was settled before this host had heard of it");
    }

    ArrivalAnswer go(VmId vm, MigrationId migration) {
        ArrivalAnswer known = decided.get(migration);
        if (known != null) {
            return known;
        }
        Pending waiting = pending.get(vm);
        if (waiting == null || !waiting.id().equals(migration)) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host never heard of move " + migration + ".");
        }
        if (daemon.now().isAfter(waiting.arrival().giveUpAt())) {
            return abort(vm, waiting, "nobody had said go in time");
        }
        daemon.passed(SimulatedHost.Moment.GO_ARRIVES);
        Guest guest = memory.require(vm);
        guest.moving = null;
        work.arrived(guest, waiting.arrival().spec());
        pending.remove(vm);
        ArrivalAnswer answer = decide(migration, Phase.ARRIVED, null);
        daemon.changed(vm);
        daemon.passed(SimulatedHost.Moment.GO_DONE);
        daemon.begin();
        return answer;
    }

    ArrivalAnswer look(VmId vm, MigrationId migration) {
        ArrivalAnswer known = decided.get(migration);
        Pending waiting = pending.get(vm);
        return known != null
                ? known
                : waiting != null && waiting.id().equals(migration)
                        ? answer(waiting)
                        : new ArrivalAnswer(migration, Phase.ABORTED, null, null);
    }

    boolean isWaiting(VmId vm) {
        return pending.containsKey(vm);
    }

    /** The processes that wait for guests are gone. */
    void powerLost() {
        Map.copyOf(pending).forEach((vm, waiting) -> abort(vm, waiting, "the host was restarted"));
    }

    void wipe() {
        pending.clear();
        decided.clear();
    }

    private ArrivalAnswer abort(VmId vm, Pending waiting, String why) {
        pending.remove(vm);
        snapshots.forget(vm);
        Guest guest = memory.require(vm);
        RequestPolicy.Memory last = guest.memory;
        guest.moving = null;
        if (last != null) {
            guest.memory = new RequestPolicy.Memory(null, last.generation(), last.fence());
            guest.report = VmReport.absent(vm, last.generation(), guest.lastRun, daemon.now());
        }
        daemon.changed(vm);
        daemon.begin();
        return decide(waiting.id(), Phase.ABORTED, why);
    }

    private ArrivalAnswer decide(MigrationId migration, Phase phase, @Nullable String why) {
        ArrivalAnswer answer = new ArrivalAnswer(
                migration, phase, null, why == null ? null : new Cause(Cause.Code.MIGRATION_CANCELLED, why));
        decided.put(migration, answer);
        return answer;
    }

    private ArrivalAnswer answer(Pending waiting) {
        boolean ready = waiting.phase() == Phase.READY;
        Arrival arrival = waiting.arrival();
        return new ArrivalAnswer(
                waiting.id(),
                waiting.phase(),
                ready
                        ? new ArrivalAnswer.Endpoint(
                                "127.0.0.1",
                                arrival.live() ? MEMORY_PORT : null,
                                arrival.copied().isEmpty() ? null : DISK_PORT,
                                name)
                        : null,
                null);
    }
}
