package dev.yado.flow;

import dev.yado.operation.Step;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Gives a new VM its place, its disks and, where wanted, its first run. When it fails the VM stays, visible with the reason, and can
 * be started again or deleted. When it is cancelled no VM is left.
 */
@Component
class CreateVm extends VmFlow<CreateVm.Steps> {
    CreateVm(VmSteps vm) {
        super(VmVerb.CREATE, Steps.class, Duration.ofHours(48), vm);
    }

    enum Steps {
        PLACE,
        NETWORK,
        DEFINE,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case PLACE -> vm.placeNew(Steps.NETWORK, Steps.DEFINE);
            case NETWORK -> vm.network(Steps.DEFINE);
            case DEFINE -> vm.define(Steps.SETTLE);
            case SETTLE -> vm.settleAsDesired(Deadlines.FIRST_RUN);
        };
    }
}
