package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Resets a running VM. There is no way back once the host may have been told: it has reset the guest. */
@Component
class RebootVm extends VmFlow<RebootVm.Steps> {
    RebootVm(VmSteps vm) {
        super(VmVerb.REBOOT, Steps.class, Duration.ofHours(24), vm);
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case SEND -> vm.sendWithoutReturn(Steps.SETTLE);
            case SETTLE -> vm.settle(Deadlines.AT_ONCE, CancelPoint.NO_RETURN, DesiredState.RUNNING);
        };
    }
}
