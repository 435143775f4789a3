package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Halts the CPUs of a running VM. */
@Component
class PauseVm extends VmFlow<PauseVm.Steps> {
    PauseVm(VmSteps vm) {
        super(VmVerb.PAUSE, Steps.class, Duration.ofHours(24), vm);
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case SEND -> vm.send(Steps.SETTLE);
            case SETTLE -> vm.settle(Deadlines.AT_ONCE, CancelPoint.NOW, DesiredState.PAUSED);
        };
    }
}
