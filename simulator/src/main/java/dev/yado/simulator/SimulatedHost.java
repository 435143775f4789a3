package dev.yado.simulator;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.RequestPolicy.Decision;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.GuestFound;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.SpecDigest;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A host without hypervisor: takes and refuses calls by the same {@link RequestPolicy} as the daemon, works on them in the
 * background, remembers what a host remembers and reports as a host reports. Its daemon can die at an exact moment, its power can
 * fail, its clock can jump, its disk can be wiped, messages can get lost.
 */
public final class SimulatedHost implements HostAgent, NetworkAgent, MigrationAgent, AutoCloseable {
    public enum Link {
        WORKS,
        /** Calls do not arrive, reports do not leave. */
        CUT,
        /** Calls arrive and are carried out, their answers do not. */
        LOSES_REPLIES
    }

    /** Where a daemon can die. */
    public enum Moment {
        /** Nothing of the call is remembered. */
        CALL_ARRIVES,
        /** The call is on disk, its sender hears nothing and nothing is done. */
        CALL_ACCEPTED,
        /** The work is done, nobody has heard of it. */
        WORK_DONE,
        /** A guest that leaves is held, and go has not been said. */
        SWITCHED,
        /** Go was said, and what came of it is not written down. */
        GO_SAID,
        /** Go is heard, and nothing is written down. */
        GO_ARRIVES,
        /** The guest has arrived, and the source has not heard of it. */
        GO_DONE
    }

    private interface Call<T> {
        T arrive();
    }

    private record PlannedDeath(Moment moment, Runnable then) {}

    private final HostPlan plan;
    private final HostMemory memory;
    private final Work work;
    private final Reports reports;
    private final Arrivals arrivals;
    private final Departures departures;
    private final Future<?> heart;

    // The daemon's process, and what tests do to it. Under the lock on this object, as is the memory.
    private boolean up = true;
    private long life;
    private Link link = Link.WORKS;
    private boolean holdsWork;
    private @Nullable Cause startFailure;
    private @Nullable String networkProblem;
    private @Nullable PlannedDeath plannedDeath;
    private Duration clockShift = Duration.ZERO;
    private int calls;
    private long looks;
    /** What the daemon has in mind to do. */
    private final Set<Guest> unfinished = new LinkedHashSet<>();

    public SimulatedHost(HostPlan plan, Controller controller) {
        this.plan = plan;
        this.memory = new HostMemory(plan.incarnation());
        this.work = new Work(plan.id(), plan.facts().accelerator(), this::now, plan.witness());
        this.reports = new Reports(plan, memory, controller, this, () -> up && link != Link.CUT);
        Daemon daemon = new Myself();
        this.arrivals = new Arrivals(plan.name(), memory, work, daemon);
        this.departures = new Departures(memory, work, plan.neighbours(), daemon);
        plan.neighbours().add(plan.id(), this);
        this.heart = Timer.every(plan.firstReport(), plan.heartbeat(), () -> reports.send(true));
    }

    public HostId id() {
        return plan.id();
    }

    public String name() {
        return plan.name();
    }

    @Override
    public VmReport put(CallFence fence, VmSpec spec) {
        return carried(() -> acceptPut(fence, spec));
    }

    @Override
    public VmReport delete(CallFence fence, VmId vm, long generation) {
        return carried(() -> acceptDelete(fence, vm, generation));
    }

    @Override
    public Forecast forecast(VmId vm, Forecast.Question question) {
        return carried(() -> inTurn(() -> {
            Guest guest = memory.find(vm);
            VmSpec spec = guest == null || guest.memory == null ? null : guest.memory.spec();
            if (spec == null) {
                throw new HostRefusal(ErrorCode.NOT_FOUND, "VM " + vm + " is not on this host.");
            }
            return Departures.forecast(spec, question);
        }));
    }

    @Override
    public ArrivalAnswer putArrival(CallFence fence, VmId vm, Arrival arrival) {
        return carried(() -> inTurn(() -> arrivals.put(fence, vm, arrival)));
    }

    @Override
    public ArrivalAnswer settleArrival(CallFence fence, VmId vm, MigrationId migration) {
        return carried(() -> inTurn(() -> arrivals.settle(vm, migration)));
    }

    @Override
    public ArrivalAnswer go(VmId vm, MigrationId migration) {
        return carried(() -> inTurn(() -> arrivals.go(vm, migration)));
    }

    @Override
    public ArrivalAnswer arrival(VmId vm, MigrationId migration) {
        return carried(() -> inTurn(() -> arrivals.look(vm, migration)));
    }

    @Override
    public DepartureAnswer putDeparture(CallFence fence, VmId vm, Departure departure) {
        return carried(() -> inTurn(() -> departures.put(fence, vm, departure)));
    }

    @Override
    public DepartureAnswer departure(VmId vm, MigrationId migration) {
        return carried(() -> inTurn(() -> departures.look(vm, migration)));
    }

    @Override
    public DepartureAnswer cancelDeparture(CallFence fence, VmId vm, MigrationId migration) {
        return carried(() -> inTurn(() -> departures.cancel(vm, migration)));
    }

    @Override
    public VmReport release(CallFence fence, VmId vm, MigrationId migration, long generation) {
        return carried(() -> {
            synchronized (this) {
                requireUp();
                departures.released(vm);
                return acceptDelete(fence, vm, generation);
            }
        });
    }

    private synchronized <T> T inTurn(Call<T> call) {
        passed(Moment.CALL_ARRIVES);
        requireUp();
        return call.arrive();
    }

    @Override
    public NetworkAnswer put(HostNetwork network) {
        return carried(() -> change(
                () -> memory.networks().put(network), () -> memory.networks().generation(network.id())));
    }

    @Override
    public NetworkAnswer deleteNetwork(NetworkId id, long generation) {
        return carried(() -> change(
                () -> memory.networks().delete(id, generation, memory.specs()),
                () -> memory.networks().generation(id)));
    }

    @Override
    public NetworkAnswer put(HostRouter router) {
        return carried(() -> change(
                () -> memory.networks().put(router), () -> memory.networks().generation(router.id())));
    }

    @Override
    public NetworkAnswer deleteRouter(RouterId id, long generation) {
        return carried(() -> change(
                () -> memory.networks().delete(id, generation),
                () -> memory.networks().generation(id)));
    }

    private synchronized NetworkAnswer change(Runnable change, LongSupplier generation) {
        passed(Moment.CALL_ARRIVES);
        requireUp();
        change.run();
        passed(Moment.CALL_ACCEPTED);
        passed(Moment.WORK_DONE);
        return new NetworkAnswer(generation.getAsLong(), networkProblem);
    }

    @Override
    public PacketTrace.Answer trace(PacketTrace.Question question) {
        return carried(() -> {
            synchronized (this) {
                requireUp();
                return memory.networks().trace(question);
            }
        });
    }

    private <T> T carried(Call<T> call) {
        synchronized (this) {
            calls++;
            if (link == Link.CUT) {
                throw unreachable("cut off");
            }
        }
        T answer = switch (plan.faults().ofCall()) {
            case Fate.Arrives() -> call.arrive();
            case Fate.Slow(Duration by) -> {
                Timer.pause(by);
                yield call.arrive();
            }
            case Fate.Lost() -> throw unreachable("the call was lost");
            case Fate.ReplyLost() -> {
                call.arrive();
                throw unreachable("the answer was lost");
            }
            case Fate.Doubled(Duration later) -> {
                T first = call.arrive();
                Timer.after(later, call::arrive);
                yield first;
            }
            case Fate.Late(Duration by) -> {
                Timer.after(by, call::arrive);
                throw unreachable("no answer in time");
            }
        };
        synchronized (this) {
            if (link == Link.LOSES_REPLIES) {
                throw unreachable("the answer was lost");
            }
        }
        return answer;
    }

    private VmReport acceptPut(CallFence fence, VmSpec spec) {
        synchronized (this) {
            passed(Moment.CALL_ARRIVES);
            requireUp();
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
                    reports.changed(spec.id());
                    passed(Moment.CALL_ACCEPTED);
                    begin(guest);
                    return guest.report;
                }
                case Decision.Repeat() -> {
                    return Objects.requireNonNull(known).report;
                }
                case Decision.Refuse(var code, String detail) -> throw new HostRefusal(code, detail);
            }
        }
    }

    /** What is asked to go is gone when this returns, unless work is held. */
    private VmReport acceptDelete(CallFence fence, VmId vm, long generation) {
        synchronized (this) {
            passed(Moment.CALL_ARRIVES);
            requireUp();
            Guest known = memory.find(vm);
            Guest guest = known == null ? new Guest(absent(vm, generation)) : known;
            switch (RequestPolicy.onDelete(guest.memory, fence, generation)) {
                case Decision.Accept() -> {
                    requireHere(guest, null);
                    guest.memory = new RequestPolicy.Memory(null, generation, fence);
                    work.condemned(guest, generation);
                    memory.keep(vm, guest);
                    reports.changed(vm);
                    passed(Moment.CALL_ACCEPTED);
                }
                case Decision.Repeat() -> reports.changed(vm);
                case Decision.Refuse(var code, String detail) -> throw new HostRefusal(code, detail);
            }
            if (!holdsWork) {
                work.finish(guest, startFailure);
                passed(Moment.WORK_DONE);
            }
            begin(guest);
            return guest.report;
        }
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

    private void begin(Guest guest) {
        unfinished.add(guest);
        begin();
    }

    /** In the background; what the daemon had in mind dies with it. */
    private void begin() {
        long mine = life;
        Thread.startVirtualThread(() -> {
            List<VmId> leaving;
            try {
                leaving = workAll(mine);
            } catch (HostUnreachable died) {
                return;
            }
            reports.send(false);
            leaving.forEach(vm -> speak(vm, mine));
        });
    }

    private void speak(VmId vm, long mine) {
        try {
            departures.speak(vm, mine);
        } catch (HostUnreachable died) {
            return;
        }
        reports.send(false);
    }

    private synchronized List<VmId> workAll(long mine) {
        if (holdsWork || !up || mine != life) {
            return List.of();
        }
        boolean worked = false;
        List<Guest> due = List.copyOf(unfinished);
        unfinished.clear();
        for (Guest guest : due) {
            if (work.finish(guest, startFailure)) {
                reports.changed(guest.report.id());
                worked = true;
            }
        }
        worked |= arrivals.work();
        List<VmId> leaving = departures.work();
        if (worked) {
            passed(Moment.WORK_DONE);
        }
        return leaving;
    }

    private VmReport absent(VmId vm, long generation) {
        return VmReport.absent(vm, generation, 0, now());
    }

    private synchronized Instant now() {
        return Instant.now().plus(clockShift);
    }

    private void requireUp() {
        if (!up) {
            throw unreachable("its daemon does not run");
        }
    }

    private static HostUnreachable unreachable(String why) {
        return new HostUnreachable("its host does not answer", new IOException(why));
    }

    private void passed(Moment moment) {
        PlannedDeath planned = plannedDeath;
        if (planned != null && planned.moment() == moment) {
            plannedDeath = null;
            die();
            planned.then().run();
            throw unreachable("its daemon died");
        }
    }

    /** As if its daemon looked at what is really there. */
    public synchronized HostInventory inventory(List<DriftFinding> found) {
        List<GuestFound> held = memory.guests().stream()
                .filter(guest -> guest.report.state() != ObservedState.ABSENT)
                .map(SimulatedHost::found)
                .toList();
        return new HostInventory(
                plan.id(),
                memory.incarnation(),
                ++looks,
                now(),
                new HostInventory.Contents(held, List.of(), found, List.of()));
    }

    private static GuestFound found(Guest guest) {
        VmSpec spec = guest.memory == null ? null : guest.memory.spec();
        VmReport report = guest.report;
        return new GuestFound(
                report.id(),
                report.generation(),
                report.runEpoch(),
                report.state(),
                spec == null ? null : SpecDigest.of(spec),
                null);
    }

    /** Why a VM is as it is. */
    public synchronized GuestStory story(VmId vm) {
        Guest guest = memory.find(vm);
        if (link == Link.CUT || !up) {
            throw unreachable("cut off");
        }
        if (guest == null) {
            throw new HostRefusal(ErrorCode.NOT_FOUND, "This host knows no VM " + vm + ".");
        }
        RequestPolicy.Memory known = guest.memory;
        return new GuestStory(
                now(),
                guest.report,
                known == null ? null : known.spec(),
                known == null ? null : known.fence(),
                "It was run " + guest.boots + " times.",
                null,
                List.of(),
                List.of());
    }

    /** As its parts see it. */
    private final class Myself implements Daemon {
        @Override
        public Object lock() {
            return SimulatedHost.this;
        }

        @Override
        public void passed(Moment moment) {
            SimulatedHost.this.passed(moment);
        }

        @Override
        public void changed(VmId vm) {
            reports.changed(vm);
        }

        @Override
        public void begin() {
            SimulatedHost.this.begin();
        }

        @Override
        public Instant now() {
            return SimulatedHost.this.now();
        }

        @Override
        public long life() {
            return life;
        }

        @Override
        public boolean isUp() {
            return up;
        }

        @Override
        public boolean speaks() {
            return link != Link.CUT;
        }
    }

    // What tests do to it.

    public void link(Link now) {
        synchronized (this) {
            link = now;
            reports.everything();
        }
        reports.send(false);
    }

    /** While held, accepted work is not begun: VMs stay on their way. */
    public void holdWork(boolean hold) {
        synchronized (this) {
            holdsWork = hold;
            if (!hold) {
                begin();
            }
        }
    }

    /** What copying comes to for guests that leave at this moment. */
    public synchronized void failDepartures(Cause cause) {
        departures.fail(cause);
    }

    public synchronized void failStarts(@Nullable Cause cause) {
        startFailure = cause;
    }

    /** Networks and routers are taken as asked, and this is what the host says it could not do. */
    public synchronized void failNetworks(@Nullable String problem) {
        networkProblem = problem;
    }

    /** What it carries now. */
    public synchronized List<HostNetwork> networks() {
        return memory.networks().networks();
    }

    /** What it is the gateway of now. */
    public synchronized List<HostRouter> routers() {
        return memory.networks().routers();
    }

    /** The daemon's process ends from one moment to the next. Its guests live on. */
    public synchronized void die() {
        up = false;
        life++;
        unfinished.clear();
    }

    /**
     * The daemon dies the next time that it passes the moment.
     *
     * @param then what happens at the same instant
     */
    public synchronized void dieAt(Moment moment, Runnable then) {
        plannedDeath = new PlannedDeath(moment, then);
    }

    /** Whether the daemon runs. */
    public synchronized boolean isUp() {
        return up;
    }

    /** Another daemon takes over what the dead one left: it goes on with what was accepted and reports everything. */
    public void restart() {
        synchronized (this) {
            if (up) {
                die();
            }
            plannedDeath = null;
            memory.daemonStarted();
            up = true;
            reports.daemonStarted();
            unfinished.addAll(memory.guests());
        }
        reports.send(true);
        synchronized (this) {
            begin();
        }
    }

    /** The power fails: daemon and guests are gone at once, until {@link #boot}. */
    public synchronized void crash() {
        die();
        memory.guests().forEach(work::powerLost);
        arrivals.powerLost();
        departures.powerLost();
    }

    /** The machine comes up again, with another boot id. */
    public void boot() {
        synchronized (this) {
            crash();
            memory.kernelStarted();
            memory.guests().forEach(work::hostBooted);
        }
        restart();
    }

    /** Its clock is wrong by this much from now on. */
    public synchronized void shiftClock(Duration by) {
        clockShift = by;
    }

    /** The power fails and the disk is empty when the machine comes up again: no VM is remembered. */
    public void wipe() {
        synchronized (this) {
            crash();
            memory.wipe();
            arrivals.wipe();
            departures.wipe();
            plan.witness().wiped(plan.id());
        }
        boot();
    }

    /** The guest ends by itself. */
    public void guestEnds(VmId vm, ObservedState state, Cause cause) {
        synchronized (this) {
            work.ended(memory.require(vm), state, cause);
            departures.guestEnded(vm);
            reports.changed(vm);
        }
        reports.send(false);
    }

    /** As if what it has written down of the VM were lost. */
    public synchronized void forget(VmId vm) {
        memory.forget(vm);
        reports.everything();
    }

    /** A guest that no controller has placed here. */
    public synchronized void holdUnknown(VmId vm) {
        memory.keep(vm, work.foreign(vm));
        reports.everything();
    }

    public synchronized @Nullable ObservedState stateOf(VmId vm) {
        Guest guest = memory.find(vm);
        return guest == null ? null : guest.report.state();
    }

    /** What it would report of the VM. */
    public synchronized @Nullable VmReport reportOf(VmId vm) {
        Guest guest = memory.find(vm);
        return guest == null ? null : guest.report;
    }

    /** VMs of which it holds more than the memory of their deletion. */
    public synchronized List<VmId> held() {
        List<VmId> held = new ArrayList<>();
        for (Guest guest : memory.guests()) {
            if (guest.report.state() != ObservedState.ABSENT) {
                held.add(guest.report.id());
            }
        }
        return held;
    }

    public synchronized int bootsOf(VmId vm) {
        Guest guest = memory.find(vm);
        return guest == null ? 0 : guest.boots;
    }

    public synchronized long rebootsOf(VmId vm) {
        Guest guest = memory.find(vm);
        return guest == null ? 0 : guest.doneReboots;
    }

    public synchronized int calls() {
        return calls;
    }

    /** Nothing more is heard of it. */
    @Override
    public void close() {
        heart.cancel(false);
        synchronized (this) {
            die();
        }
    }
}
