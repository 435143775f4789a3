package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Halts the CPUs of a running VM. */
@Component
class PauseVm implements Flow<PauseVm.Steps> {
    private final CallsToHost host;
    private final Settling settling;

    PauseVm(CallsToHost host, Settling settling) {
        this.host = host;
        this.settling = settling;
    }

    enum Steps {
        SEND,
        SETTLE
    }

    @Override
    public String kind() {
        return VmVerb.PAUSE.kind();
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
                        Sending.then(Steps.SETTLE, new GiveUp<>(ErrorCode.CONFLICT, "it has no host")));
            case SETTLE -> Step.transaction(Deadlines.AT_ONCE, settling.<Steps>in(DesiredState.PAUSED));
        };
    }
}
