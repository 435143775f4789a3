package dev.yado.flow;

import dev.yado.operation.Cancellation;
import dev.yado.operation.Run;
import dev.yado.operation.Undo;
import dev.yado.operation.Undo.Result;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.vm.VmChange;
import dev.yado.vm.VmRecords;
import dev.yado.vm.VmVerb;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * What a cancel does to a VM. What was wanted before is wanted again, under a higher generation, from the moment of the cancel; the
 * undo sends that to the host. A run that has ended meanwhile is not begun again: it keeps its run epoch.
 */
@Component
class GoingBack {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final CallsToHost host;
    private final VmRecords vms;

    GoingBack(CallsToHost host, VmRecords vms) {
        this.host = host;
        this.vms = vms;
    }

    Cancellation from(VmVerb verb) {
        return new Cancellation() {
            @Override
            public void lock(UUID target) {
                vms.lock(new VmId(target));
            }

            @Override
            public Outlook outlook(Run run) {
                return GoingBack.outlook(run.input(VmChange.class).backFrom(verb));
            }

            @Override
            public void takeBack(Run run) {
                // A reboot can be cancelled only before anything was sent.
                vms.wantAgain(new VmId(run.target()), run.input(VmChange.class).backFrom(verb), verb == VmVerb.REBOOT);
            }
        };
    }

    private static Cancellation.Outlook outlook(DesiredState back) {
        return new Cancellation.Outlook(
                back.name(),
                switch (back) {
                    case RUNNING -> "the VM goes on running if its guest still runs, else it is STOPPED";
                    case PAUSED -> "the VM is PAUSED again if its guest still runs, else it is STOPPED";
                    case STOPPED -> "the VM is STOPPED again";
                    case DELETED ->
                        "the VM is removed: its place, disks and name are free once its host holds nothing of it";
                });
    }

    /** Sends what is wanted now, until the host has done it. */
    Undo undo() {
        return Undo.byHostCall(Deadlines.HOST_ANSWER, host::put, this::concluded)
                .whenCancelled();
    }

    private Result concluded(Run run, HostAnswer answer) {
        return switch (answer) {
            case HostAnswer.Accepted(VmReport report) -> judge(run, report);
            case HostAnswer.Refused refused ->
                refused.overtaken()
                        ? new Result.Undone()
                        : new Result.NotYet(AFTER_REFUSAL, refused.code() + ": " + refused.detail());
            case HostAnswer.Moving(String reason) -> new Result.NotYet(LOOK_AGAIN, reason);
            case HostAnswer.NoPlace(), HostAnswer.NoVm() -> new Result.Undone();
        };
    }

    private Result judge(Run run, VmReport report) {
        VmId id = new VmId(run.target());
        run.gave("observed", report.state());
        if (!report.settled()) {
            return new Result.NotYet(LOOK_AGAIN, "the host goes back: it reports " + report.state());
        }
        boolean ended = report.state() == ObservedState.STOPPED
                && vms.sight(id)
                        .filter(sight ->
                                sight.desired() == DesiredState.RUNNING || sight.desired() == DesiredState.PAUSED)
                        .isPresent();
        if (ended) {
            vms.wantAgain(id, DesiredState.STOPPED, false);
            return new Result.NotYet(Duration.ZERO, "the guest had ended before the cancel");
        }
        return new Result.Undone();
    }
}
