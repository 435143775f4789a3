package dev.yado.simulator;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostId;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.SnapshotId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.backup.BackupAgent;
import dev.yado.protocol.backup.BackupAnswer;
import dev.yado.protocol.backup.BackupJob;
import dev.yado.protocol.backup.FileListing;
import dev.yado.protocol.backup.RepositoryAgent;
import dev.yado.protocol.inventory.DriftFinding;
import dev.yado.protocol.inventory.GuestFound;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.protocol.inventory.HostInventory;
import dev.yado.protocol.inventory.SpecDigest;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.NetworkAnswer;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import dev.yado.protocol.snapshot.SnapshotAgent;
import dev.yado.protocol.snapshot.SnapshotAnswer;
import dev.yado.protocol.snapshot.SnapshotJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A host without hypervisor: takes and refuses calls by the same {@link RequestPolicy} as the daemon, works on them in the
 * background, remembers what a host remembers and reports as a host reports. Its daemon can die at an exact moment, its power can
 * fail, its clock can jump, its disk can be wiped, messages can get lost.
 */
public final class SimulatedHost
        implements HostAgent, NetworkAgent, MigrationAgent, BackupAgent, RepositoryAgent, SnapshotAgent, AutoCloseable {
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

    private final HostPlan plan;
    private final HostMemory memory;
    private final Line line;
    private final Life life;
    private final Work work;
    private final Reports reports;
    private final Arrivals arrivals;
    private final Departures departures;
    private final Takings takings;
    private final Snapshots snapshots;
    private final Background background;
    private final Orders orders;
    private final Future<?> heart;

    // What tests do to it. Under the lock on this object, as is the memory.
    private @Nullable String networkProblem;
    private Duration clockShift = Duration.ZERO;
    private long looks;

    public SimulatedHost(HostPlan plan, Controller controller) {
        this.plan = plan;
        this.memory = new HostMemory(plan.incarnation());
        this.line = new Line(plan.faults());
        this.life = new Life(this::forgetPlans);
        this.work = new Work(plan.id(), plan.facts().accelerator(), this::now, plan.witness());
        this.reports = new Reports(plan, memory, controller, this, () -> life.isUp() && !line.isCut());
        Daemon daemon = new Myself();
        this.takings = new Takings(memory, plan.repository(), daemon);
        this.snapshots = new Snapshots(memory, takings, daemon);
        this.arrivals = new Arrivals(plan.name(), memory, work, snapshots, daemon);
        this.departures = new Departures(memory, work, takings, snapshots, plan.neighbours(), daemon);
        this.background = new Background(work, arrivals, departures, takings, snapshots, reports, daemon);
        this.orders = new Orders(memory, work, departures, takings, snapshots, background, daemon);
        plan.neighbours().add(plan.id(), this);
        this.heart = Timer.every(plan.firstReport(), plan.heartbeat(), () -> reports.send(true));
    }

    /** Of the dead daemon. */
    private void forgetPlans() {
        background.forgetAll();
        takings.daemonDied();
    }

    public HostId id() {
        return plan.id();
    }

    public String name() {
        return plan.name();
    }

    @Override
    public VmReport put(CallFence fence, VmSpec spec) {
        return line.carried(() -> inTurn(() -> orders.put(fence, spec)));
    }

    @Override
    public VmReport delete(CallFence fence, VmId vm, long generation) {
        return line.carried(() -> inTurn(() -> orders.delete(fence, vm, generation)));
    }

    @Override
    public Forecast forecast(VmId vm, Forecast.Question question) {
        return line.carried(() -> inTurn(() -> {
            Guest guest = memory.find(vm);
            VmSpec spec = guest == null || guest.memory == null ? null : guest.memory.spec();
            if (spec == null) {
                throw new HostRefusal(ErrorCode.NOT_FOUND, "VM " + vm + " is not on this host.");
            }
            return Departures.forecast(spec, question);
        }));
    }

    @Override
    public List<CarriedDisk> offerLayers(CallFence fence, VmId vm, LayerOffer offer) {
        return line.carried(() -> inTurn(() -> snapshots.offer(vm)));
    }

    @Override
    public ArrivalAnswer putArrival(CallFence fence, VmId vm, Arrival arrival) {
        return line.carried(() -> inTurn(() -> arrivals.put(fence, vm, arrival)));
    }

    @Override
    public ArrivalAnswer settleArrival(CallFence fence, VmId vm, MigrationId migration) {
        return line.carried(() -> inTurn(() -> arrivals.settle(vm, migration)));
    }

    @Override
    public ArrivalAnswer go(VmId vm, MigrationId migration) {
        return line.carried(() -> inTurn(() -> arrivals.go(vm, migration)));
    }

    @Override
    public ArrivalAnswer arrival(VmId vm, MigrationId migration) {
        return line.carried(() -> inTurn(() -> arrivals.look(vm, migration)));
    }

    @Override
    public DepartureAnswer putDeparture(CallFence fence, VmId vm, Departure departure) {
        return line.carried(() -> inTurn(() -> departures.put(fence, vm, departure)));
    }

    @Override
    public DepartureAnswer departure(VmId vm, MigrationId migration) {
        return line.carried(() -> inTurn(() -> departures.look(vm, migration)));
    }

    @Override
    public DepartureAnswer cancelDeparture(CallFence fence, VmId vm, MigrationId migration) {
        return line.carried(() -> inTurn(() -> departures.cancel(vm, migration)));
    }

    @Override
    public VmReport release(CallFence fence, VmId vm, MigrationId migration, long generation) {
        return line.carried(() -> {
            synchronized (this) {
                life.requireUp();
                departures.released(vm);
                life.passed(Moment.CALL_ARRIVES);
                return orders.delete(fence, vm, generation);
            }
        });
    }

    @Override
    public BackupAnswer putBackup(CallFence fence, VmId vm, BackupJob job) {
        return line.carried(() -> inTurn(() -> takings.put(fence, vm, job)));
    }

    @Override
    public BackupAnswer backup(VmId vm, BackupId backup) {
        return line.carried(() -> inTurn(() -> takings.look(vm, backup)));
    }

    @Override
    public BackupAnswer cancelBackup(CallFence fence, VmId vm, BackupId backup) {
        return line.carried(() -> inTurn(() -> takings.cancel(vm, backup)));
    }

    @Override
    public SnapshotAnswer putSnapshot(CallFence fence, VmId vm, SnapshotJob job) {
        return line.carried(() -> inTurn(() -> snapshots.put(fence, vm, job)));
    }

    /** Those that it keeps of a VM. */
    public synchronized Set<SnapshotId> snapshotsOf(VmId vm) {
        return snapshots.of(vm);
    }

    /** Somebody has removed those of a VM by hand. */
    public synchronized void loseSnapshots(VmId vm) {
        snapshots.forget(vm);
    }

    /** What {@link SimulatedRepository#files} says, as long as the host answers. */
    public FileListing listFiles(String repository, BackupId backup, @Nullable String path) {
        return line.carried(() -> takings.require(repository).files(backup, path));
    }

    /** As {@link #listFiles}. */
    public byte[] readFile(String repository, BackupId backup, String path) {
        return line.carried(() -> takings.require(repository).content(backup, path));
    }

    @Override
    public Forgotten forgetBackup(CallFence fence, String repository, BackupId backup) {
        return line.carried(() -> inTurn(() -> takings.forget(repository, backup)));
    }

    private synchronized <T> T inTurn(Line.Call<T> call) {
        life.passed(Moment.CALL_ARRIVES);
        life.requireUp();
        return call.arrive();
    }

    @Override
    public NetworkAnswer put(HostNetwork network) {
        return line.carried(() -> change(
                () -> memory.networks().put(network), () -> memory.networks().generation(network.id())));
    }

    @Override
    public NetworkAnswer deleteNetwork(NetworkId id, long generation) {
        return line.carried(() -> change(
                () -> memory.networks().delete(id, generation, memory.specs()),
                () -> memory.networks().generation(id)));
    }

    @Override
    public NetworkAnswer put(HostRouter router) {
        return line.carried(() -> change(
                () -> memory.networks().put(router), () -> memory.networks().generation(router.id())));
    }

    @Override
    public NetworkAnswer deleteRouter(RouterId id, long generation) {
        return line.carried(() -> change(
                () -> memory.networks().delete(id, generation),
                () -> memory.networks().generation(id)));
    }

    private synchronized NetworkAnswer change(Runnable change, LongSupplier generation) {
        life.passed(Moment.CALL_ARRIVES);
        life.requireUp();
        change.run();
        life.passed(Moment.CALL_ACCEPTED);
        life.passed(Moment.WORK_DONE);
        return new NetworkAnswer(generation.getAsLong(), networkProblem);
    }

    @Override
    public PacketTrace.Answer trace(PacketTrace.Question question) {
        return line.carried(() -> {
            synchronized (this) {
                life.requireUp();
                return memory.networks().trace(question);
            }
        });
    }

    private synchronized Instant now() {
        return Instant.now().plus(clockShift);
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
        if (line.isCut() || !life.isUp()) {
            throw Line.unreachable("cut off");
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
            life.passed(moment);
        }

        @Override
        public void changed(VmId vm) {
            reports.changed(vm);
        }

        @Override
        public void begin() {
            background.begin();
        }

        @Override
        public Instant now() {
            return SimulatedHost.this.now();
        }

        @Override
        public long life() {
            return life.number();
        }

        @Override
        public boolean isUp() {
            return life.isUp();
        }

        @Override
        public boolean speaks() {
            return !line.isCut();
        }
    }

    // What tests do to it.

    public void link(Link now) {
        synchronized (this) {
            line.set(now);
            reports.everything();
        }
        reports.send(false);
    }

    /** While held, accepted work is not begun: VMs stay on their way. */
    public synchronized void holdWork(boolean hold) {
        background.hold(hold);
    }

    /** While held, guests that were made from a backup at once lack what they have not asked for. */
    public void holdRestores(boolean hold) {
        synchronized (this) {
            work.holdRestores(hold);
            memory.guests().stream().filter(work::fetchTheRest).forEach(guest -> reports.changed(guest.report.id()));
        }
        reports.send(false);
    }

    /** What copying comes to for guests that leave at this moment. */
    public synchronized void failDepartures(Cause cause) {
        departures.fail(cause);
    }

    /** What backups come to that are under way at this moment. */
    public synchronized void failBackups(BackupAnswer.Failure failure) {
        takings.fail(failure);
    }

    public synchronized void failStarts(@Nullable Cause cause) {
        background.failStarts(cause);
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
        life.end();
    }

    /**
     * The daemon dies the next time that it passes the moment.
     *
     * @param then what happens at the same instant
     */
    public synchronized void dieAt(Moment moment, Runnable then) {
        life.endAt(moment, then);
    }

    /** Whether the daemon runs. */
    public synchronized boolean isUp() {
        return life.isUp();
    }

    /** Another daemon takes over what the dead one left: it goes on with what was accepted and reports everything. */
    public void restart() {
        synchronized (this) {
            if (life.isUp()) {
                life.end();
            }
            memory.daemonStarted();
            life.begin();
            reports.daemonStarted();
            background.takeUp(memory.guests());
        }
        reports.send(true);
        synchronized (this) {
            background.begin();
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
            takings.wipe();
            snapshots.wipe();
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

    public int calls() {
        return line.calls();
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
