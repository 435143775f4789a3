package dev.yado.flow;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.HostCapacity;
import dev.yado.protocol.HostFacts;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.RequestPolicy;
import dev.yado.protocol.RequestPolicy.Decision;
import dev.yado.protocol.SelfTestReport;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host without hypervisor: takes and refuses calls by the same {@link RequestPolicy} as the daemon, works on them in the
 * background, remembers what a host remembers and reports as a host reports. It can be out of reach, lose its replies, hold its work
 * or fail to start guests.
 */
public final class TestingHost implements HostAgent, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TestingHost.class);
    private static final Duration HEARTBEAT = Duration.ofMillis(200);

    public enum Link {
        WORKS,
        /** Calls do not arrive, reports do not leave. */
        CUT,
        /** Calls arrive and are carried out, their answers do not. */
        LOSES_REPLIES
    }

    private static final class Guest {
        RequestPolicy.@Nullable Memory memory;
        VmReport report;
        long lastRun;
        int boots;
        long doneReboots;

        Guest(VmReport report) {
            this.report = report;
        }
    }

    private final HostId id = HostId.random();
    private final String name;
    private final String url;
    private final HostFacts facts;
    private final Function<HostReport, HostReportAnswer> controller;
    private final Map<VmId, Guest> guests = new HashMap<>();
    private final Set<VmId> unreported = new HashSet<>();
    private final Thread heart;
    private Link link = Link.WORKS;
    private boolean holdsWork;
    private @Nullable Cause startFailure;
    private long sequence;
    private boolean full = true;
    private int calls;

    public TestingHost(
            String name,
            int cpus,
            int memoryMiB,
            Accelerator accelerator,
            Function<HostReport, HostReportAnswer> controller) {
        this(name, "http://" + name + ".test", cpus, memoryMiB, accelerator, controller);
    }

    public TestingHost(
            String name,
            String url,
            int cpus,
            int memoryMiB,
            Accelerator accelerator,
            Function<HostReport, HostReportAnswer> controller) {
        this.name = name;
        this.url = url;
        this.controller = controller;
        boolean kvm = accelerator == Accelerator.KVM;
        this.facts = new HostFacts(
                new HostCapacity(cpus, new Mebibytes(memoryMiB), new Mebibytes(1 << 20), new Mebibytes(1 << 20)),
                Architecture.X86_64,
                accelerator,
                new SelfTestReport(
                        kvm ? SelfTestReport.Verdict.HARDWARE : SelfTestReport.Verdict.UNAVAILABLE,
                        "simulated",
                        1,
                        Map.of()),
                "7.2.0",
                "test");
        this.heart = Thread.ofVirtual().name(name).start(this::beat);
    }

    public HostId id() {
        return id;
    }

    public String name() {
        return name;
    }

    public synchronized void link(Link now) {
        link = now;
        full = true;
    }

    /** While held, accepted work is not begun: VMs stay on their way. */
    public void holdWork(boolean hold) {
        synchronized (this) {
            holdsWork = hold;
        }
        if (!hold) {
            workAll();
        }
    }

    public synchronized void failStarts(@Nullable Cause cause) {
        startFailure = cause;
    }

    @Override
    public VmReport put(CallFence fence, VmSpec spec) {
        VmReport answer;
        synchronized (this) {
            arrive();
            Guest known = guests.get(spec.id());
            switch (RequestPolicy.onPut(known == null ? null : known.memory, fence, spec)) {
                case Decision.Accept() -> {
                    Guest guest = known == null ? new Guest(begun(spec, ObservedState.PREPARING)) : known;
                    guest.memory = new RequestPolicy.Memory(spec, spec.generation(), fence);
                    guest.report = begun(spec, onTheWay(guest.report.state(), spec.desired()));
                    guests.put(spec.id(), guest);
                    unreported.add(spec.id());
                    answer = guest.report;
                }
                case Decision.Repeat() -> answer = Objects.requireNonNull(known).report;
                case Decision.Refuse(var code, String detail) -> throw new HostRefusal(code, detail);
            }
        }
        Thread.startVirtualThread(this::workAll);
        return leave(answer);
    }

    @Override
    public VmReport delete(CallFence fence, VmId vm, long generation) {
        VmReport answer;
        synchronized (this) {
            arrive();
            Guest known = guests.get(vm);
            Guest guest = known == null ? new Guest(VmReport.absent(vm, generation, 0, Instant.now())) : known;
            switch (RequestPolicy.onDelete(guest.memory, fence, generation)) {
                case Decision.Accept(), Decision.Repeat() -> {
                    guest.memory = new RequestPolicy.Memory(null, generation, fence);
                    guest.report = holdsWork && guest.report.state() != ObservedState.ABSENT
                            ? state(guest.report, generation, ObservedState.STOPPING, false, null)
                            : VmReport.absent(vm, generation, guest.lastRun, Instant.now());
                    guests.put(vm, guest);
                    unreported.add(vm);
                    answer = guest.report;
                }
                case Decision.Refuse(var code, String detail) -> throw new HostRefusal(code, detail);
            }
        }
        Thread.startVirtualThread(this::beatOnce);
        return leave(answer);
    }

    private void arrive() {
        calls++;
        if (link == Link.CUT) {
            throw new HostUnreachable("its host does not answer", new IOException("cut"));
        }
    }

    private synchronized VmReport leave(VmReport answer) {
        if (link == Link.LOSES_REPLIES) {
            throw new HostUnreachable("its host does not answer", new IOException("reply lost"));
        }
        return answer;
    }

    private void workAll() {
        synchronized (this) {
            if (!holdsWork) {
                guests.values().forEach(this::work);
            }
        }
        beatOnce();
    }

    private void work(Guest guest) {
        RequestPolicy.Memory memory = Objects.requireNonNull(guest.memory);
        VmSpec spec = memory.spec();
        if (guest.report.settled()) {
            return;
        }
        unreported.add(guest.report.id());
        if (spec == null) {
            guest.report = VmReport.absent(guest.report.id(), memory.generation(), guest.lastRun, Instant.now());
            return;
        }
        boolean alive = guest.lastRun == spec.runEpoch() && guest.boots > 0;
        guest.report = switch (spec.desired()) {
            case RUNNING, PAUSED ->
                startFailure != null && !alive
                        ? state(guest.report, spec.generation(), ObservedState.FAILED, true, startFailure)
                        : run(guest, spec);
            case STOPPED ->
                state(
                        guest.report,
                        spec.generation(),
                        ObservedState.STOPPED,
                        true,
                        new Cause(Cause.Code.REQUESTED, "asked for"));
            case DELETED -> throw new IllegalStateException("refused by the policy");
        };
    }

    private VmReport run(Guest guest, VmSpec spec) {
        if (guest.lastRun < spec.runEpoch()) {
            guest.lastRun = spec.runEpoch();
            guest.boots++;
        }
        guest.doneReboots = spec.reboots();
        boolean kvm = facts.accelerator() == Accelerator.KVM && spec.shape().accelerator() != AcceleratorChoice.TCG;
        return new VmReport(
                spec.id(),
                spec.generation(),
                spec.runEpoch(),
                spec.desired() == DesiredState.RUNNING ? ObservedState.RUNNING : ObservedState.PAUSED,
                true,
                null,
                kvm ? Accelerator.KVM : Accelerator.TCG,
                "pc-q35-7.2",
                Instant.now());
    }

    private static ObservedState onTheWay(ObservedState from, DesiredState to) {
        return switch (to) {
            case RUNNING ->
                from == ObservedState.PAUSED || from == ObservedState.RUNNING ? from : ObservedState.PREPARING;
            case PAUSED -> from;
            case STOPPED -> ObservedState.STOPPING;
            case DELETED -> throw new IllegalStateException("refused by the policy");
        };
    }

    private static VmReport begun(VmSpec spec, ObservedState state) {
        return new VmReport(
                spec.id(), spec.generation(), spec.runEpoch(), state, false, null, null, null, Instant.now());
    }

    private static VmReport state(
            VmReport before, long generation, ObservedState state, boolean settled, @Nullable Cause cause) {
        return new VmReport(
                before.id(),
                generation,
                before.runEpoch(),
                state,
                settled,
                cause,
                null,
                before.machineType(),
                Instant.now());
    }

    /** The guest ends by itself. */
    public void guestEnds(VmId vm, ObservedState state, Cause cause) {
        synchronized (this) {
            Guest guest = Objects.requireNonNull(guests.get(vm));
            guest.report = state(guest.report, guest.report.generation(), state, true, cause);
            unreported.add(vm);
        }
        beatOnce();
    }

    /** As if its state directory were lost. */
    public synchronized void forget(VmId vm) {
        guests.remove(vm);
        full = true;
    }

    /** A guest that no controller has placed here. */
    public synchronized void holdUnknown(VmId vm) {
        Guest guest = new Guest(new VmReport(
                vm, 1, 1, ObservedState.RUNNING, true, null, Accelerator.TCG, "pc-q35-7.2", Instant.now()));
        guests.put(vm, guest);
        full = true;
    }

    public synchronized @Nullable ObservedState stateOf(VmId vm) {
        Guest guest = guests.get(vm);
        return guest == null ? null : guest.report.state();
    }

    public synchronized int bootsOf(VmId vm) {
        Guest guest = guests.get(vm);
        return guest == null ? 0 : guest.boots;
    }

    public synchronized long rebootsOf(VmId vm) {
        Guest guest = guests.get(vm);
        return guest == null ? 0 : guest.doneReboots;
    }

    public synchronized int calls() {
        return calls;
    }

    private void beat() {
        try {
            while (true) {
                beatOnce();
                Thread.sleep(HEARTBEAT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One report; what it could not deliver goes with the next, which is then a full one. */
    private synchronized void beatOnce() {
        if (link == Link.CUT) {
            return;
        }
        List<VmReport> vms = guests.values().stream()
                .map(guest -> guest.report)
                .filter(report -> full
                        ? report.state() != ObservedState.ABSENT || unreported.contains(report.id())
                        : unreported.contains(report.id()))
                .toList();
        HostReport report = new HostReport(id, name, url, "boot", 1, ++sequence, full, vms, facts);
        try {
            full = controller.apply(report).sendFull();
            unreported.clear();
        } catch (RuntimeException e) {
            LOG.debug("{} could not report", name, e);
            full = true;
        }
    }

    @Override
    public void close() {
        heart.interrupt();
    }
}
