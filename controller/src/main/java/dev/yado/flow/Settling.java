package dev.yado.flow;

import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Done;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.vm.Observed;
import dev.yado.vm.Placement;
import dev.yado.vm.Sight;
import dev.yado.vm.VmChange;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Waits until the host reports that it is done with the generation of the operation, and judges what came of it. Reports wake it;
 * the delay is for a wake-up that got lost.
 */
@Component
class Settling {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

    private final VmRecords vms;

    Settling(VmRecords vms) {
        this.vms = vms;
    }

    <S extends Enum<S>> Step.Body<S> in(DesiredState wanted) {
        return run -> {
            Optional<Sight> sight = vms.sight(new VmId(run.target()));
            return sight.isEmpty() ? new Overtaken<>("the VM is gone") : judge(run, sight.get(), wanted);
        };
    }

    /** For a VM that was made either to run or to stay stopped. */
    <S extends Enum<S>> Step.Body<S> asDesired() {
        return run -> {
            Optional<Sight> sight = vms.sight(new VmId(run.target()));
            return sight.isEmpty()
                    ? new Overtaken<>("the VM is gone")
                    : judge(run, sight.get(), sight.get().desired());
        };
    }

    private static <S extends Enum<S>> StepResult<S> judge(Run run, Sight sight, DesiredState wanted) {
        Observed observed = sight.observed();
        long generation = run.input(VmChange.class).generation();
        run.had("generation", generation);
        run.had("wanted", wanted);
        if (observed != null) {
            run.gave("observed", observed.state());
        }
        if (observed == null || !observed.reached(generation)) {
            return new Wait<>(LOOK_AGAIN, whatItWaitsFor(sight.placement(), observed, generation));
        }
        return switch (observed.state()) {
            case RUNNING -> wanted == DesiredState.RUNNING ? new Done<>() : still(observed);
            case PAUSED -> wanted == DesiredState.PAUSED ? new Done<>() : still(observed);
            case STOPPED -> stopped(observed, wanted);
            case CRASHED ->
                wanted == DesiredState.STOPPED
                        ? new Done<>(text(observed))
                        : new GiveUp<>(code(observed, wanted), text(observed));
            case FAILED -> new GiveUp<>(code(observed, wanted), text(observed));
            case ABSENT ->
                new GiveUp<>(
                        ErrorCode.VM_START_FAILED,
                        "the host holds nothing of this VM any more: its disk was wiped or replaced");
            case PREPARING, STARTING, STOPPING, ARRIVING, DEPARTED -> still(observed);
        };
    }

    private static <S extends Enum<S>> StepResult<S> stopped(Observed observed, DesiredState wanted) {
        Cause cause = observed.cause();
        if (wanted == DesiredState.STOPPED) {
            return new Done<>(cause == null ? null : text(observed));
        }
        // It did run; that it has powered itself off since is its own affair.
        return cause != null && cause.code() == Cause.Code.GUEST_SHUTDOWN
                ? new Done<>(text(observed))
                : new GiveUp<>(code(observed, wanted), text(observed));
    }

    private static <S extends Enum<S>> StepResult<S> still(Observed observed) {
        return new Wait<>(LOOK_AGAIN, "the host reports " + text(observed));
    }

    private static String whatItWaitsFor(@Nullable Placement placement, @Nullable Observed observed, long generation) {
        if (placement != null && !placement.alive()) {
            return ErrorCode.HOST_UNREACHABLE + ": the host has not reported for "
                    + placement.silence().toSeconds() + " s";
        }
        if (observed == null || observed.generation() < generation) {
            return "the host has not reported generation " + generation + " yet";
        }
        return "the host reports " + text(observed);
    }

    private static ErrorCode code(Observed observed, DesiredState wanted) {
        Cause cause = observed.cause();
        if (cause != null) {
            switch (cause.code()) {
                case ACCELERATOR_UNAVAILABLE -> {
                    return ErrorCode.ACCELERATOR_UNAVAILABLE;
                }
                case POOL_FULL -> {
                    return ErrorCode.STORAGE_FULL;
                }
                case POOL_UNAVAILABLE -> {
                    return ErrorCode.POOL_UNAVAILABLE;
                }
                case IMAGE_UNAVAILABLE -> {
                    return ErrorCode.IMAGE_UNAVAILABLE;
                }
                case BACKUP_UNAVAILABLE -> {
                    return ErrorCode.REPOSITORY_UNAVAILABLE;
                }
                case REQUESTED,
                        GRACEFUL_TIMEOUT,
                        GUEST_SHUTDOWN,
                        GUEST_PANIC,
                        OOM_KILLED,
                        PROCESS_KILLED,
                        PROCESS_ERROR,
                        PROCESS_VANISHED,
                        HOST_REBOOTED,
                        AUTOSTARTED,
                        DISK_ERROR,
                        START_FAILED -> {}
            }
        }
        return wanted == DesiredState.PAUSED ? ErrorCode.CONFLICT : ErrorCode.VM_START_FAILED;
    }

    private static String text(Observed observed) {
        Cause cause = observed.cause();
        return observed.state() + (cause == null ? "" : ": " + cause.code() + ", " + cause.detail());
    }
}
