package dev.yado.flow;

import dev.yado.host.Fleet;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.vm.VmChange;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import org.springframework.stereotype.Component;

/**
 * Ends a VM and removes all of it. Place, disks and name are released in one transaction, and only after the host has acknowledged
 * that it holds nothing: an unreachable host makes it wait.
 */
@Component
class DeleteVm extends VmFlow<DeleteVm.Steps> {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final CallsToHost host;
    private final Fleet fleet;
    private final VmRecords vms;

    DeleteVm(CallsToHost host, Fleet fleet, VmRecords vms) {
        super(VmVerb.DELETE, Steps.class, Deadlines.REMOVAL);
        this.host = host;
        this.fleet = fleet;
        this.vms = vms;
    }

    enum Steps {
        REMOVE,
        RELEASE
    }

    @Override
    public Step<Steps> step(Steps name) {
        return switch (name) {
            case REMOVE -> Step.hostCall(Deadlines.REMOVAL, host::delete, DeleteVm::acknowledged);
            case RELEASE -> Step.transaction(Deadlines.AT_ONCE, this::release);
        };
    }

    private static StepResult<Steps> acknowledged(Run run, HostAnswer answer) {
        return switch (answer) {
            case HostAnswer.Accepted(VmReport report) ->
                report.state() == ObservedState.ABSENT
                                && report.generation()
                                        >= run.input(VmChange.class).generation()
                        ? new Advance<>(
                                Steps.RELEASE, "the host holds nothing of it, at generation " + report.generation())
                        : new Wait<>(LOOK_AGAIN, "the host is removing it: " + report.state());
            case HostAnswer.Refused refused ->
                new Wait<>(AFTER_REFUSAL, refused.code() + ": the host refuses the removal: " + refused.detail());
            case HostAnswer.NoPlace() -> new Advance<>(Steps.RELEASE, "it had no host");
            case HostAnswer.NoVm() -> new Advance<>(Steps.RELEASE, "it was gone");
        };
    }

    private StepResult<Steps> release(Run run) {
        VmId id = new VmId(run.target());
        fleet.release(id);
        vms.remove(id);
        run.wakeOnCommit(Fleet.CAPACITY);
        return new Done<>();
    }
}
