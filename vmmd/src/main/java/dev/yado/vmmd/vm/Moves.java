package dev.yado.vmmd.vm;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.vmmd.move.LayerOffers;
import dev.yado.vmmd.network.Networks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The moves of this host's VMs, to it and from it. */
public final class Moves implements MigrationAgent {
    /** For what is about to come: who asks hears of it at once and need not ask again and again. */
    private static final Duration SOON = Duration.ofMillis(500);

    private final Vms vms;
    private final Networks networks;
    private final LayerOffers offers;
    private final Forecasts forecasts;

    public Moves(Vms vms, Networks networks, LayerOffers offers, Forecasts forecasts) {
        this.vms = vms;
        this.offers = offers;
        this.networks = networks;
        this.forecasts = forecasts;
    }

    @Override
    public Forecast forecast(VmId vm, Forecast.Question question) {
        return forecasts.of(vm, question);
    }

    @Override
    public List<CarriedDisk> offerLayers(CallFence fence, VmId vm, LayerOffer offer) {
        List<OfferedDisk> disks = vms.ask(vm, reply -> new VmEvent.AskLayers(fence, reply), Optional::empty);
        Map<String, Path> files = new HashMap<>();
        disks.forEach(disk -> files.putAll(disk.files()));
        offers.offer(vm, offer, files);
        return disks.stream().map(OfferedDisk::carried).toList();
    }

    /** Who may read {@link #layer}; empty: nobody. */
    public Optional<HostId> reader(VmId vm, MigrationId migration) {
        return offers.reader(vm, migration);
    }

    /** A file that was offered for a move. */
    public Path layer(VmId vm, MigrationId migration, String name) {
        return offers.file(vm, migration, name);
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
        offers.withdraw(vm);
        return vms.ask(vm, reply -> new VmEvent.Release(fence, migration, generation, reply), () -> vms.report(vm));
    }
}
