package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Has the host of a stopped VM make a disk larger. A cancel leaves it as large as it was asked to be: no disk is made smaller. */
@Component
class ResizeDisk extends VmFlow<ResizeDisk.Steps> {
    ResizeDisk(VmSteps vm) {
        super(VmVerb.RESIZE, Steps.class, Duration.ofHours(24), vm);
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case SEND -> vm.sendIfPlaced(Steps.SETTLE);
            case SETTLE -> vm.settle(Deadlines.AT_ONCE, CancelPoint.NOW, DesiredState.STOPPED);
        };
    }
}
