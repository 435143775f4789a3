package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Stops a VM, as gracefully as was asked. One without a host is stopped by having nothing sent anywhere. */
@Component
class StopVm extends VmFlow<StopVm.Steps> {
    StopVm(VmSteps vm) {
        super(VmVerb.STOP, Steps.class, Duration.ofHours(24), vm);
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case SEND -> vm.sendIfPlaced(Steps.SETTLE);
            case SETTLE -> vm.settle(Deadlines.STOP, CancelPoint.NOW, DesiredState.STOPPED);
        };
    }
}
