package dev.yado.flow;

import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;

/** Concludes a {@link CallsToHost#put}. */
final class Sending {
    private Sending() {}

    /** @param withoutPlace how the flow ends for a VM that has no host */
    static <S extends Enum<S>> Step.Conclusion<S, HostAnswer> then(S next, StepResult<S> withoutPlace) {
        return (_, answer) -> switch (answer) {
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
        };
    }
}
