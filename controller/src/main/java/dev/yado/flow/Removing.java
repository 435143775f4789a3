package dev.yado.flow;

import dev.yado.host.Claims;
import dev.yado.host.Fleet;
import dev.yado.operation.Run;
import dev.yado.operation.Undo;
import dev.yado.operation.Undo.Result;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.vm.VmChange;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * Ends a VM at its host and releases what it took. Place, disks and name are released in one transaction, and only after the host
 * has acknowledged that it holds nothing: an unreachable host makes it wait. For a delete, and for a create that was cancelled.
 */
@Component
class Removing {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

    private final CallsToHost host;
    private final Fleet fleet;
    private final Claims claims;
    private final VmRecords vms;

    Removing(CallsToHost host, Fleet fleet, Claims claims, VmRecords vms) {
        this.claims = claims;
        this.host = host;
        this.fleet = fleet;
        this.vms = vms;
    }

    sealed interface Progress {
        record Gone(String detail) implements Progress {}

        record NotYet(Duration delay, String reason) implements Progress {}
    }

    HostAnswer askHost(Run run) {
        return host.delete(run);
    }

    static Progress acknowledged(Run run, HostAnswer answer) {
        return switch (answer) {
            case HostAnswer.Accepted(VmReport report) ->
                report.state() == ObservedState.ABSENT
                                && report.generation()
                                        >= run.input(VmChange.class).generation()
                        ? gone(run, report)
                        : new Progress.NotYet(LOOK_AGAIN, "the host is removing it: " + report.state());
            case HostAnswer.Refused refused ->
                new Progress.NotYet(
                        AFTER_REFUSAL, refused.code() + ": the host refuses the removal: " + refused.detail());
            case HostAnswer.Moving(String reason) -> new Progress.NotYet(LOOK_AGAIN, reason);
            case HostAnswer.NoPlace() -> new Progress.Gone("it had no host");
            case HostAnswer.NoVm() -> new Progress.Gone("it was gone");
        };
    }

    private static Progress gone(Run run, VmReport report) {
        run.gave("absentAtGeneration", report.generation());
        return new Progress.Gone("the host holds nothing of it, at generation " + report.generation());
    }

    /** What hosts that it is not on have not let go of since it moved. */
    Optional<String> leftElsewhere(Run run) {
        return claims.of(new VmId(run.target())).stream()
                .findFirst()
                .map(other -> "host " + other + " has not let go of it since it moved");
    }

    void release(Run run) {
        VmId id = new VmId(run.target());
        fleet.release(id);
        vms.remove(id);
        run.wakeOnCommit(Fleet.CAPACITY);
    }

    Undo undoAtHost() {
        return Undo.byHostCall(Deadlines.REMOVAL, this::askHost, (run, answer) -> switch (acknowledged(run, answer)) {
                    case Progress.Gone _ -> new Result.Undone();
                    case Progress.NotYet(Duration delay, String reason) -> new Result.NotYet(delay, reason);
                })
                .whenCancelled();
    }

    Undo undoPlace() {
        return Undo.inTransaction(Deadlines.AT_ONCE, run -> {
                    release(run);
                    return new Result.Undone();
                })
                .whenCancelled();
    }
}
