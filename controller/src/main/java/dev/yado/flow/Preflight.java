package dev.yado.flow;

import dev.yado.host.Claims;
import dev.yado.host.Fleet;
import dev.yado.host.HostNeeds;
import dev.yado.host.MigrationAgents;
import dev.yado.host.MovingHost;
import dev.yado.migration.Migrations;
import dev.yado.operation.Verdict;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.HostVerdict;
import dev.yado.scheduler.Kept;
import dev.yado.scheduler.PlacementRequest;
import dev.yado.snapshot.Snapshot;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.vm.Moves;
import dev.yado.vm.Observed;
import dev.yado.vm.Placement;
import dev.yado.vm.Sight;
import dev.yado.vm.VmNeeds;
import dev.yado.vm.VmRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds all that is in the way of a move before anything is touched. The same for a plan, for the call and for its operation. */
@Component
class Preflight implements Moves {
    private final Fleet fleet;
    private final Claims claims;
    private final VmRecords vms;
    private final Migrations migrations;
    private final MigrationAgents hosts;
    private final SnapshotRecords snapshots;

    Preflight(
            Fleet fleet,
            Claims claims,
            VmRecords vms,
            Migrations migrations,
            MigrationAgents hosts,
            SnapshotRecords snapshots) {
        this.snapshots = snapshots;
        this.claims = claims;
        this.fleet = fleet;
        this.vms = vms;
        this.migrations = migrations;
        this.hosts = hosts;
    }

    /**
     * What is to be moved.
     *
     * @param request what a host must have for it
     * @param live its guest runs, or is halted: its memory goes with it
     */
    record Baggage(HostId from, PlacementRequest request, boolean live) {}

    @Override
    public Prospect prospect(VmId vm, @Nullable HostId wanted) {
        List<YadoException> blockers = new ArrayList<>(ofTheVm(vm));
        Baggage baggage = baggage(vm);
        if (baggage == null) {
            return new Prospect(null, "", List.of(), blockers);
        }
        blockers.addAll(ofTheWay(vm, baggage.from()));
        if (baggage.from().equals(baggage.request().kept().pinned())) {
            blockers.add(blocked("it is pinned to host "
                    + claims.party(baggage.from()).name() + ", where it is: take the pin off first"));
            return new Prospect(wanted, "", List.of(), blockers);
        }
        return wanted == null ? anywhere(vm, baggage, blockers) : to(vm, baggage, wanted, blockers);
    }

    private Prospect anywhere(VmId vm, Baggage baggage, List<YadoException> blockers) {
        Decision decision = fleet.prospectElsewhere(vm, baggage.request());
        List<Verdict> verdicts =
                decision.verdicts().stream().map(Placing::verdict).toList();
        return switch (decision) {
            case Decision.NoHost none -> {
                blockers.add(blocked(none.summary()));
                yield new Prospect(null, "", verdicts, blockers);
            }
            case Decision.Placed placed ->
                new Prospect(placed.host(), claims.party(placed.host()).name(), verdicts, blockers);
        };
    }

    /** Every rule that keeps it from that host, not only the first. */
    private Prospect to(VmId vm, Baggage baggage, HostId wanted, List<YadoException> blockers) {
        MovingHost destination = claims.party(wanted);
        String name = "host " + destination.name();
        if (wanted.equals(baggage.from())) {
            blockers.add(blocked("it is on " + name + " already"));
            return new Prospect(null, destination.name(), List.of(), blockers);
        }
        if (destination.migration() == null) {
            blockers.add(blocked(name + " takes part in no move: its daemon says nothing of it"));
        }
        if (claims.of(vm).contains(wanted)) {
            blockers.add(blocked(name + " has not said yet that nothing of an earlier move is left"));
        }
        List<HostVerdict.Refused> refusals = fleet.refusals(wanted, baggage.request());
        refusals.forEach(refused -> blockers.add(blocked(name + " " + refused.detail())));
        List<Verdict> verdicts = refusals.stream().map(Placing::verdict).toList();
        return new Prospect(wanted, destination.name(), verdicts, blockers);
    }

    /** Null: it is nowhere. */
    @Nullable
    Baggage baggage(VmId vm) {
        Sight sight = vms.sight(vm).orElse(null);
        VmNeeds needs = vms.needs(vm).orElse(null);
        if (sight == null || needs == null || sight.placement() == null) {
            return null;
        }
        HostId from = sight.placement().host();
        Accelerator accelerator =
                sight.observed() == null ? null : sight.observed().accelerator();
        boolean live = sight.desired() != DesiredState.STOPPED;
        return new Baggage(
                from, live && accelerator != null ? running(needs, accelerator, from) : HostNeeds.of(needs), live);
    }

    /** What executes it now goes on doing so; and a guest that is pinned to no CPU model goes on only on the like of its host. */
    private PlacementRequest running(VmNeeds needs, Accelerator accelerator, HostId from) {
        PlacementRequest request = HostNeeds.of(needs.with(AcceleratorChoice.valueOf(accelerator.name())));
        return needs.pins().cpuModel() != null
                ? request
                : request.keeping(request.kept()
                        .with(new Kept.Cpu.Like(accelerator, fleet.at(from).mobility())));
    }

    /** What keeps the VM from moving anywhere. */
    List<YadoException> ofTheVm(VmId vm) {
        Sight sight = vms.sight(vm).orElse(null);
        if (sight == null || sight.desired() == DesiredState.DELETED) {
            return List.of(blocked("the VM is being deleted"));
        }
        Placement placement = sight.placement();
        if (placement == null) {
            return List.of(blocked("it has no host: a start finds one"));
        }
        if (!placement.alive()) {
            return List.of(new YadoException(
                    ErrorCode.HOST_UNREACHABLE,
                    "the host that it is on has not reported for "
                            + placement.silence().toSeconds() + " s: how it is is not known"));
        }
        Observed observed = sight.observed();
        if (observed == null || !observed.reached(sight.generation())) {
            return List.of(blocked("its host is not done with what is wanted of it: it reports "
                    + (observed == null ? "nothing" : observed.state()) + ", wanted " + sight.desired()));
        }
        Optional<Snapshot> busy = snapshots.open(vm);
        if (busy.isPresent()) {
            return List.of(blocked(
                    "its snapshot " + busy.get().name() + " is " + busy.get().state() + ": wait until that is done"));
        }
        Optional<YadoException> copied = vms.copied(vm);
        if (copied.isPresent()) {
            return List.of(blocked(String.valueOf(copied.get().getMessage())));
        }
        boolean asWanted = observed.state()
                == switch (sight.desired()) {
                    case RUNNING -> ObservedState.RUNNING;
                    case PAUSED -> ObservedState.PAUSED;
                    case STOPPED, DELETED -> ObservedState.STOPPED;
                };
        return asWanted
                ? List.of()
                : List.of(blocked("it is " + observed.state() + " and wanted " + sight.desired()
                        + ": start it or stop it first"));
    }

    private List<YadoException> ofTheWay(VmId vm, HostId from) {
        List<YadoException> blockers = new ArrayList<>();
        MovingHost source = claims.party(from);
        if (source.migration() == null) {
            blockers.add(blocked(
                    "host " + source.name() + ", where it is, takes part in no move: its daemon says nothing of it"));
        }
        migrations
                .undecided(vm)
                .ifPresent(open -> blockers.add(
                        blocked("of an earlier move, " + open.id() + ", it is not known yet whether it has arrived")));
        return blockers;
    }

    private static YadoException blocked(String why) {
        return new YadoException(ErrorCode.MIGRATION_BLOCKED, why);
    }

    @Override
    public Forecast forecast(VmId vm, HostId to, MigrationGoal goal) {
        HostId from = fleet.hostOf(vm).orElseThrow(() -> blocked("it has no host"));
        List<DiskId> copied = vms.spec(vm).map(Preflight::copied).orElse(List.of());
        Forecast forecast = hosts.migrationOf(from)
                .forecast(
                        vm,
                        new Forecast.Question(
                                goal,
                                copied,
                                migrations.lastBytesPerSecond(from, to).orElse(null)));
        migrations.keep(vm, to, forecast);
        return forecast;
    }

    /** Disks that are in no pool that both hosts share. */
    static List<DiskId> copied(VmSpec spec) {
        return spec.shape().disks().stream()
                .filter(disk -> disk.pool() == null)
                .map(DiskSpec::id)
                .toList();
    }
}
