package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.host.HostNeeds;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.HostVerdict;
import dev.yado.vm.Places;
import dev.yado.vm.VmNeeds;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Answers plans as {@link Placing} answers operations. */
@Component
class FleetPlaces implements Places {
    private final Fleet fleet;

    FleetPlaces(Fleet fleet) {
        this.fleet = fleet;
    }

    @Override
    public Prospect prospect(VmNeeds needs) {
        Decision decision = fleet.prospect(HostNeeds.of(needs));
        var verdicts = decision.verdicts().stream().map(Placing::verdict).toList();
        return switch (decision) {
            case Decision.NoHost none -> new Prospect(null, "", none.summary(), verdicts);
            case Decision.Placed placed -> new Prospect(placed.host(), name(placed.host(), decision), "fits", verdicts);
        };
    }

    private static String name(HostId host, Decision decision) {
        return decision.verdicts().stream()
                .filter(verdict -> verdict.host().equals(host))
                .map(HostVerdict::hostName)
                .findFirst()
                .orElse(host.toString());
    }

    @Override
    public Optional<String> take(VmId vm, HostId host, VmNeeds needs) {
        return switch (fleet.placeOn(vm, host, HostNeeds.of(needs))) {
            case Decision.Placed _ -> Optional.empty();
            case Decision.NoHost none -> Optional.of(whyNot(none));
        };
    }

    @Override
    public Optional<String> takeAgain(VmId vm, HostId host, VmNeeds needs) {
        fleet.release(vm);
        return take(vm, host, needs);
    }

    private static String whyNot(Decision.NoHost none) {
        return none.verdicts().stream()
                .filter(HostVerdict.Refused.class::isInstance)
                .map(HostVerdict.Refused.class::cast)
                .map(refused -> refused.rule() + ": " + refused.detail())
                .findFirst()
                .orElse("it has been removed");
    }
}
