package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.Done;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Stops a VM, as gracefully as was asked. One without a host is stopped by having nothing sent anywhere. */
@Component
class StopVm implements Flow<StopVm.Steps> {
    private final CallsToHost host;
    private final Settling settling;

    StopVm(CallsToHost host, Settling settling) {
        this.host = host;
        this.settling = settling;
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public String kind() {
        return VmVerb.STOP.kind();
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public Duration deadline() {
        return Duration.ofHours(24);
    }

    @Override
    public Class<Steps> steps() {
        return Steps.class;
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case SEND ->
                Step.hostCall(
                        Deadlines.HOST_ANSWER,
                        host::put,
                        Sending.then(Steps.SETTLE, new Done<>("it has no host: nothing ran")));
            case SETTLE -> Step.transaction(Deadlines.STOP, settling.<Steps>in(DesiredState.STOPPED));
        };
    }
}
