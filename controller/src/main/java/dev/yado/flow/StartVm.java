package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Lets a VM run again, on its host or, when it has none yet, on the one that is found for it. */
@Component
class StartVm extends VmFlow<StartVm.Steps> {
    StartVm(VmSteps vm) {
        super(VmVerb.START, Steps.class, Duration.ofHours(48), vm);
    }

    enum Steps {
        PLACE,
        NETWORK,
        SEND,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case PLACE -> vm.place(Steps.NETWORK, Steps.SEND);
            case NETWORK -> vm.network(Steps.SEND);
            case SEND -> vm.send(Steps.SETTLE);
            case SETTLE -> vm.settle(Deadlines.START, CancelPoint.NOW, DesiredState.RUNNING);
        };
    }
}
