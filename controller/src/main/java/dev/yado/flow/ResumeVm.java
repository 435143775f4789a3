package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Lets a paused VM go on. */
@Component
class ResumeVm extends VmFlow<ResumeVm.Steps> {
    ResumeVm(VmSteps vm) {
        super(VmVerb.RESUME, Steps.class, Duration.ofHours(24), vm);
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case SEND -> vm.send(Steps.SETTLE);
            case SETTLE -> vm.settle(Deadlines.AT_ONCE, CancelPoint.NOW, DesiredState.RUNNING);
        };
    }
}
