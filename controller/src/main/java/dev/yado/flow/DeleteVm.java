package dev.yado.flow;

import dev.yado.operation.CancelPoint;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.Wait;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Ends a VM and removes all of it. There is no way back once the host may have been told. */
@Component
class DeleteVm extends VmFlow<DeleteVm.Steps> {
    private final Removing removing;

    DeleteVm(VmSteps vm, Removing removing) {
        super(VmVerb.DELETE, Steps.class, Deadlines.REMOVAL, vm);
        this.removing = removing;
    }

    enum Steps {
        REMOVE,
        RELEASE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case REMOVE ->
                Step.hostCall(
                        "the host ends the guest and removes its disks",
                        Deadlines.REMOVAL,
                        CancelPoint.NO_RETURN,
                        removing::askHost,
                        (run, answer) -> switch (Removing.acknowledged(run, answer)) {
                            case Removing.Progress.Gone(String detail) -> new Advance<>(Steps.RELEASE, detail);
                            case Removing.Progress.NotYet(var delay, String reason) -> new Wait<>(delay, reason);
                        });
            case RELEASE ->
                Step.transaction(
                        "release its place, its disks and its name",
                        Deadlines.AT_ONCE,
                        CancelPoint.NO_RETURN,
                        run -> removing.leftElsewhere(run)
                                .<StepResult<Steps>>map(reason -> new Wait<>(Duration.ofSeconds(1), reason))
                                .orElseGet(() -> {
                                    removing.release(run);
                                    return new Done<>();
                                }));
        };
    }
}
