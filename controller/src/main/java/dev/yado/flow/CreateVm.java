package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.protocol.ErrorCode;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Gives a new VM its place, its disks and, where wanted, its first run. When it fails the VM stays, visible with the reason, and can
 * be started again or deleted.
 */
@Component
class CreateVm implements Flow<CreateVm.Steps> {
    private final Placing placing;
    private final CallsToHost host;
    private final Settling settling;

    CreateVm(Placing placing, CallsToHost host, Settling settling) {
        this.placing = placing;
        this.host = host;
        this.settling = settling;
    }

    enum Steps {
        PLACE,
        DEFINE,
        SETTLE
    }

    @Override
    public String kind() {
        return VmVerb.CREATE.kind();
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
            case PLACE -> Step.transaction(Deadlines.CAPACITY, placing.then(Steps.DEFINE));
            case DEFINE ->
                Step.hostCall(
                        Deadlines.HOST_ANSWER,
                        host::put,
                        Sending.then(Steps.SETTLE, new GiveUp<>(ErrorCode.INTERNAL, "the VM has lost its place")));
            case SETTLE -> Step.transaction(Deadlines.FIRST_RUN, settling.<Steps>asDesired());
        };
    }
}
