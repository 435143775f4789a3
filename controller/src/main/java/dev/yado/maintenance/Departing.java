package dev.yado.maintenance;

import dev.yado.host.Fleet;
import dev.yado.host.HostNeeds;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.Evacuation;
import dev.yado.scheduler.FleetSnapshot;
import dev.yado.scheduler.HostSnapshot;
import dev.yado.scheduler.Mobility;
import dev.yado.vm.Observed;
import dev.yado.vm.Sight;
import dev.yado.vm.VmNeeds;
import dev.yado.vm.VmRecords;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/** What guests need of the hosts that they go to. */
@Component
class Departing {
    private static final int MOST_VERDICTS = 20;

    private final Fleet fleet;
    private final VmRecords vms;

    Departing(Fleet fleet, VmRecords vms) {
        this.fleet = fleet;
        this.vms = vms;
    }

    /** A search for places for guests of that host, on a copy of the fleet as it is now. */
    final class Search {
        private final Mobility here;
        private final Evacuation evacuation;

        private Search(HostId leaving) {
            FleetSnapshot now = fleet.snapshot();
            this.here = now.hosts().stream()
                    .filter(host -> host.id().equals(leaving))
                    .map(HostSnapshot::mobility)
                    .findFirst()
                    .orElse(Mobility.NONE);
            FleetSnapshot parties = new FleetSnapshot(now.hosts().stream()
                    .filter(host -> !host.mobility().equals(Mobility.NONE))
                    .toList());
            this.evacuation = new Evacuation(fleet.scheduler(), parties, leaving, MOST_VERDICTS);
        }

        Evacuation evacuation() {
            return evacuation;
        }

        /** Empty when the VM is gone. */
        Optional<Evacuation.Guest> guest(VmId vm, Set<HostId> avoided) {
            Optional<Sight> sight = vms.sight(vm);
            Optional<VmNeeds> needs = vms.needs(vm);
            return sight.isEmpty() || needs.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Evacuation.Guest(
                            vm,
                            HostNeeds.elsewhere(
                                    needs.get(), runningWith(sight.get()).orElse(null), here),
                            avoided));
        }
    }

    Search from(HostId leaving) {
        return new Search(leaving);
    }

    private static Optional<Accelerator> runningWith(Sight sight) {
        Observed observed = sight.observed();
        return sight.desired() == DesiredState.STOPPED || observed == null
                ? Optional.empty()
                : Optional.ofNullable(observed.accelerator());
    }
}
