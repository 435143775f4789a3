package dev.yado.flow;

import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** The steps that operations on VMs share: find a place, send what is wanted to the host, wait until the host has done it. */
@Component
class VmSteps {
    private final Placing placing;
    private final CallsToHost host;
    private final Settling settling;

    VmSteps(Placing placing, CallsToHost host, Settling settling) {
        this.placing = placing;
        this.host = host;
        this.settling = settling;
    }

    <S extends Enum<S>> Step<S> place(S next) {
        return Step.transaction(Deadlines.CAPACITY, placing.then(next));
    }

    /** For a VM that has a place: to have none is an error. */
    <S extends Enum<S>> Step<S> send(S next) {
        return send(next, new GiveUp<>(ErrorCode.CONFLICT, "the VM has no host"));
    }

    /** One that has no place is as it is wanted: nothing ran. */
    <S extends Enum<S>> Step<S> sendIfPlaced(S next) {
        return send(next, new Done<>("it has no host: nothing ran"));
    }

    private <S extends Enum<S>> Step<S> send(S next, StepResult<S> withoutPlace) {
        return Step.hostCall(Deadlines.HOST_ANSWER, host::put, (_, answer) -> switch (answer) {
            case HostAnswer.Accepted accepted ->
                new Advance<>(
                        next,
                        "the host has accepted generation " + accepted.report().generation());
            case HostAnswer.Refused refused ->
                refused.overtaken()
                        ? new Overtaken<>(refused.detail())
                        : new GiveUp<>(refused.code(), refused.detail());
            case HostAnswer.NoPlace() -> withoutPlace;
            case HostAnswer.NoVm() -> new Overtaken<>("the VM is gone");
        });
    }

    <S extends Enum<S>> Step<S> settle(Duration deadline, DesiredState wanted) {
        return Step.transaction(deadline, settling.<S>in(wanted));
    }

    /** For a VM that was made either to run or to stay stopped. */
    <S extends Enum<S>> Step<S> settleAsDesired(Duration deadline) {
        return Step.transaction(deadline, settling.<S>asDesired());
    }
}
