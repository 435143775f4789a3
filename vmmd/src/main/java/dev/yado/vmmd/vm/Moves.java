package dev.yado.vmmd.vm;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.vmmd.network.Networks;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The moves of this host's VMs, to it and from it. */
public final class Moves implements MigrationAgent {
    /** For what is about to come: who asks hears of it at once and need not ask again and again. */
    private static final Duration SOON = Duration.ofMillis(500);

    private final Vms vms;
    private final Networks networks;
    private final Forecasts forecasts;

    public Moves(Vms vms, Networks networks, Forecasts forecasts) {
        this.vms = vms;
        this.networks = networks;
        this.forecasts = forecasts;
    }

    @Override
    public Forecast forecast(VmId vm, Forecast.Question question) {
        return forecasts.of(vm, question);
    }

    @Override
    public ArrivalAnswer putArrival(CallFence fence, VmId vm, Arrival arrival) {
        ArrivalAnswer now = vms.ask(vm, reply -> new VmEvent.PutArrival(fence, arrival, reply), Optional::empty);
        return now.phase() == ArrivalAnswer.Phase.PREPARING
                ? vms.ask(vm, reply -> new VmEvent.AwaitArrival(arrival.id(), reply), SOON, () -> Optional.of(now))
                : now;
    }

    @Override
    public ArrivalAnswer settleArrival(CallFence fence, VmId vm, MigrationId migration) {
        return vms.ask(vm, reply -> new VmEvent.Settle(fence, migration, reply), Optional::empty);
    }

    @Override
    public ArrivalAnswer go(VmId vm, MigrationId migration) {
        return vms.ask(vm, reply -> new VmEvent.Go(migration, reply), Optional::empty);
    }

    @Override
    public void flows(VmId vm, MigrationId migration, List<MovedFlow> flows) {
        vms.specs().stream()
                .filter(spec -> spec.id().equals(vm))
                .findFirst()
                .ifPresent(spec -> networks.admit(spec, flows));
    }

    @Override
    public ArrivalAnswer arrival(VmId vm, MigrationId migration) {
        return vms.ask(vm, reply -> new VmEvent.AskArrival(migration, reply), Optional::empty);
    }

    /** Whose word lets it run; empty for a migration that is not known here. */
    public Optional<HostId> source(VmId vm, MigrationId migration) {
        return vms.ask(vm, reply -> new VmEvent.AskSource(migration, reply), Optional::empty);
    }

    @Override
    public DepartureAnswer putDeparture(CallFence fence, VmId vm, Departure departure) {
        return vms.ask(vm, reply -> new VmEvent.PutDeparture(fence, departure, reply), Optional::empty);
    }

    @Override
    public DepartureAnswer departure(VmId vm, MigrationId migration) {
        return vms.ask(
                vm,
                reply -> new VmEvent.AwaitDeparture(migration, reply),
                SOON,
                () -> Optional.of(vms.ask(vm, reply -> new VmEvent.AskDeparture(migration, reply), Optional::empty)));
    }

    @Override
    public DepartureAnswer cancelDeparture(CallFence fence, VmId vm, MigrationId migration) {
        return vms.ask(vm, reply -> new VmEvent.CancelDeparture(fence, migration, reply), Optional::empty);
    }

    @Override
    public VmReport release(CallFence fence, VmId vm, MigrationId migration, long generation) {
        return vms.ask(vm, reply -> new VmEvent.Release(fence, migration, generation, reply), () -> vms.report(vm));
    }
}
