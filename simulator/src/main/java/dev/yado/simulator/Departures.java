package dev.yado.simulator;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.migration.MigrationProgress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * VMs that leave the host. All of it is on its disk; who speaks with the destination dies with the daemon. Used under the host's lock,
 * which is never held while the destination is spoken to.
 */
final class Departures {
    private static final Duration ASK_AGAIN = Duration.ofMillis(100);
    private static final long SPEED = 1L << 30;

    private final Map<VmId, Under> underWay = new LinkedHashMap<>();
    /** For ever: what it came to is answered always. */
    private final Map<MigrationId, DepartureAnswer> ended = new HashMap<>();

    private final HostMemory memory;
    private final Work work;
    private final Neighbours neighbours;
    private final Takings takings;
    private final Snapshots snapshots;
    private final Daemon daemon;

    /** @param failure what copying comes to; null: it succeeds */
    private record Under(
            Departure departure,
            Phase phase,
            boolean saidGo,
            @Nullable Cause failure) {
        MigrationId id() {
            return departure.id();
        }

        Under at(Phase other, boolean go) {
            return new Under(departure, other, go, failure);
        }
    }

    Departures(
            HostMemory memory, Work work, Takings takings, Snapshots snapshots, Neighbours neighbours, Daemon daemon) {
        this.snapshots = snapshots;
        this.takings = takings;
        this.memory = memory;
        this.work = work;
        this.neighbours = neighbours;
        this.daemon = daemon;
    }

    /** Of a guest that writes nothing. */
    static Forecast forecast(VmSpec spec, Forecast.Question question) {
        long memory = spec.shape().memory().value() << 20;
        Long known = question.bytesPerSecond();
        long speed = known == null ? SPEED : known;
        return new Forecast(
                memory, 0, 0, speed, 1, memory * 1000 / speed, 1, List.of(), 1, "A simulated guest writes nothing.");
    }

    DepartureAnswer put(CallFence fence, VmId vm, Departure departure) {
        DepartureAnswer known = ended.get(departure.id());
        if (known != null) {
            return known;
        }
        Guest guest = memory.find(vm);
        RequestPolicy.Memory told = guest == null ? null : guest.memory;
        if (guest == null || told == null || told.spec() == null || guest.moving == ObservedState.ARRIVING) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "VM " + vm + " is not on this host.");
        }
        CallFence newest = told.fence();
        if (fence.operation().equals(newest.operation()) && fence.epoch() < newest.epoch()) {
            throw new HostRefusal(
                    ErrorCode.STALE_GENERATION, "Operation " + fence.operation() + " has been taken over.");
        }
        Under present = underWay.get(vm);
        if (present != null && !present.id().equals(departure.id())) {
            throw new HostRefusal(ErrorCode.CONFLICT, "VM " + vm + " is under way with move " + present.id() + ".");
        }
        if (present == null) {
            snapshots.requireStill(vm);
            takings.makeWay(vm, "the VM moves to another host");
            underWay.put(vm, new Under(departure, Phase.COPYING, false, null));
            daemon.passed(SimulatedHost.Moment.CALL_ACCEPTED);
            daemon.begin();
        }
        return look(vm, departure.id());
    }

    DepartureAnswer look(VmId vm, MigrationId migration) {
        DepartureAnswer known = ended.get(migration);
        Under present = underWay.get(vm);
        if (known != null) {
            return known;
        }
        if (present == null || !present.id().equals(migration)) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host knows no move " + migration + " of VM " + vm + ".");
        }
        return new DepartureAnswer(migration, present.phase(), progress(vm, present), List.of(), null, null);
    }

    private @Nullable MigrationProgress progress(VmId vm, Under present) {
        RequestPolicy.Memory known = memory.require(vm).memory;
        VmSpec spec = known == null ? null : known.spec();
        if (spec == null || present.phase() != Phase.COPYING) {
            return null;
        }
        long total = spec.shape().memory().value() << 20;
        return new MigrationProgress(MigrationProgress.Part.MEMORY, total, total / 2, SPEED, 0, 1, 1, 0);
    }

    DepartureAnswer cancel(VmId vm, MigrationId migration) {
        DepartureAnswer now = look(vm, migration);
        Under present = underWay.get(vm);
        return present != null && present.id().equals(migration) && !present.saidGo()
                ? stay(vm, migration, new Cause(Cause.Code.MIGRATION_CANCELLED, "asked for"))
                : now;
    }

    /** Copying is over for those that are copied. @return those that the destination is to be told go for */
    List<VmId> work() {
        List<Map.Entry<VmId, Under>> due = underWay.entrySet().stream()
                .filter(each -> each.getValue().phase() != Phase.IN_DOUBT)
                .toList();
        due.forEach(each -> copied(each.getKey(), each.getValue()));
        return List.copyOf(underWay.keySet());
    }

    private void copied(VmId vm, Under present) {
        Cause failure = present.failure();
        if (failure != null) {
            stay(vm, present.id(), failure);
            return;
        }
        Guest guest = memory.require(vm);
        if (guest.moving == null) {
            guest.moving = ObservedState.DEPARTED;
            work.held(guest);
            guest.report = work.onTheMove(guest, guest.report.generation(), ObservedState.DEPARTED);
            daemon.changed(vm);
        }
        underWay.put(vm, present.at(Phase.SWITCHING, present.saidGo()));
    }

    /** Says go until it is answered, or nobody waits for the answer any more. Without the host's lock. */
    void speak(VmId vm, long life) {
        while (true) {
            Under present;
            synchronized (daemon.lock()) {
                present = underWay.get(vm);
                if (present == null || !runs(life)) {
                    return;
                }
                daemon.passed(SimulatedHost.Moment.SWITCHED);
                underWay.put(vm, present.at(present.phase(), true));
            }
            ArrivalAnswer answer = went(vm, present);
            synchronized (daemon.lock()) {
                if (!runs(life) || !underWay.containsKey(vm)) {
                    return;
                }
                daemon.passed(SimulatedHost.Moment.GO_SAID);
                if (answer == null) {
                    underWay.put(vm, present.at(Phase.IN_DOUBT, true));
                } else {
                    heard(vm, present.id(), answer);
                    return;
                }
            }
            Timer.pause(ASK_AGAIN);
        }
    }

    private boolean runs(long life) {
        return daemon.isUp() && daemon.life() == life;
    }

    private @Nullable ArrivalAnswer went(VmId vm, Under present) {
        try {
            synchronized (daemon.lock()) {
                if (!daemon.speaks()) {
                    return null;
                }
            }
            return neighbours.require(present.departure().to()).go(vm, present.id());
        } catch (YadoException unknown) {
            return null;
        }
    }

    private void heard(VmId vm, MigrationId migration, ArrivalAnswer answer) {
        switch (answer.phase()) {
            case ARRIVED -> {
                underWay.remove(vm);
                Guest guest = memory.require(vm);
                guest.alive = false;
                ended.put(
                        migration,
                        new DepartureAnswer(
                                migration,
                                Phase.HANDED_OVER,
                                null,
                                List.of(),
                                new DepartureAnswer.Result(20, 1, 1, 1, 1L << 20, 0),
                                null));
            }
            case ABORTED, PREPARING, READY ->
                stay(
                        vm,
                        migration,
                        new Cause(Cause.Code.MIGRATION_FAILED, "the destination does not take it any more"));
        }
    }

    private DepartureAnswer stay(VmId vm, MigrationId migration, Cause why) {
        Under present = underWay.get(vm);
        if (present != null && present.id().equals(migration)) {
            underWay.remove(vm);
            Guest guest = memory.require(vm);
            if (guest.moving == ObservedState.DEPARTED) {
                guest.moving = null;
                work.goesOn(guest);
            }
            daemon.changed(vm);
            daemon.begin();
        }
        DepartureAnswer answer = new DepartureAnswer(migration, Phase.STAYED, null, List.of(), null, why);
        ended.put(migration, answer);
        return answer;
    }

    /**
     * Something newer is asked of the VM. When it may have arrived elsewhere, only a newer permission to run says that it has not.
     *
     * @param next null: it is to be removed
     */
    void makeWay(VmId vm, @Nullable VmSpec next) {
        Under present = underWay.get(vm);
        if (present == null) {
            return;
        }
        boolean permitted = next != null && next.runEpoch() > memory.require(vm).lastRun;
        if (present.saidGo() && !permitted) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT, "VM " + vm + " may have arrived elsewhere: only that host knows.");
        }
        stay(vm, present.id(), new Cause(Cause.Code.MIGRATION_CANCELLED, "something newer is wanted"));
    }

    /** The guest ended by itself. */
    void guestEnded(VmId vm) {
        Under present = underWay.get(vm);
        if (present != null && !present.saidGo()) {
            stay(vm, present.id(), new Cause(Cause.Code.MIGRATION_FAILED, "the guest has ended by itself"));
        }
    }

    /** It belongs to another host. */
    void released(VmId vm) {
        Under present = underWay.get(vm);
        if (present != null && !present.saidGo()) {
            throw new HostRefusal(ErrorCode.CONFLICT, "VM " + vm + " has not been handed over: its guest runs here.");
        }
        underWay.remove(vm);
        Guest guest = memory.find(vm);
        if (guest != null) {
            guest.moving = null;
        }
    }

    /** What copying comes to, of those that are copied now. */
    void fail(Cause cause) {
        underWay.replaceAll((_, present) -> present.phase() == Phase.COPYING
                ? new Under(present.departure(), present.phase(), false, cause)
                : present);
    }

    /** Guests that were not handed over are gone with the others; those that may have been are still in doubt. */
    void powerLost() {
        Map.copyOf(underWay).forEach((vm, present) -> {
            if (!present.saidGo()) {
                stay(vm, present.id(), new Cause(Cause.Code.MIGRATION_FAILED, "the host was restarted"));
            }
        });
    }

    void wipe() {
        underWay.clear();
        ended.clear();
    }
}
