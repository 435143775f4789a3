package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Lets a VM run again, on its host or, when it has none yet, on the one that is found for it. */
@Component
class StartVm implements Flow<StartVm.Steps> {
    private final Placing placing;
    private final CallsToHost host;
    private final Settling settling;

    StartVm(Placing placing, CallsToHost host, Settling settling) {
        this.placing = placing;
        this.host = host;
        this.settling = settling;
    }

    enum Steps {
        PLACE,
        SEND,
        SETTLE
    }

    @Override
    public String kind() {
        return VmVerb.START.kind();
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Duration deadline() {
        return Duration.ofHours(48);
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case PLACE -> Step.transaction(Deadlines.CAPACITY, placing.then(Steps.SEND));
            case SEND ->
                Step.hostCall(
                        Deadlines.HOST_ANSWER,
                        host::put,
                        Sending.then(Steps.SETTLE, new GiveUp<>(ErrorCode.INTERNAL, "the VM has lost its place")));
            case SETTLE -> Step.transaction(Deadlines.START, settling.<Steps>in(DesiredState.RUNNING));
        };
    }
}
