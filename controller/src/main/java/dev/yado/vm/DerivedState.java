package dev.yado.vm;

import dev.yado.operation.OperationStatus;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The state of a VM with its reason.
 *
 * <pre>
 * wanted DELETED                    DELETING
 * not confirmed since a restore     UNKNOWN, with what is waited for; nothing is sent
 * no place, operation open          PENDING, with what it waits for
 * no place, operation failed        FAILED, with its error
 * no place otherwise                STOPPED, or PENDING when it should run
 * host silent beyond its lease      UNKNOWN, with the age; nothing is freed
 * not reported yet                  PREPARING, or FAILED with the operation's error
 * host says it has lost it          FAILED
 * host not yet at the generation    the way from what is seen to what is wanted
 * else                              what the host says
 * </pre>
 *
 * @param reason "CODE: a sentence", or what it waits for
 */
record DerivedState(VmState state, @Nullable String reason) {
    static final String VM_LOST = "VM_LOST";

    static DerivedState of(Sight sight) {
        LastOperation operation = sight.operation();
        String waitsFor = operation != null && operation.open() ? operation.waitReason() : null;
        if (sight.desired() == DesiredState.DELETED) {
            return new DerivedState(VmState.DELETING, waitsFor);
        }
        Unconfirmed unconfirmed = sight.unconfirmed();
        if (unconfirmed != null) {
            return new DerivedState(VmState.UNKNOWN, unconfirmed.said());
        }
        Placement placement = sight.placement();
        if (placement == null) {
            return withoutPlace(sight.desired(), operation);
        }
        Observed observed = sight.observed();
        if (!placement.alive()) {
            return silent(placement.silence(), observed);
        }
        if (observed == null) {
            return operation != null && operation.status() == OperationStatus.FAILED
                    ? failed(operation)
                    : new DerivedState(VmState.PREPARING, waitsFor);
        }
        return observed.generation() < sight.generation()
                ? underWay(sight.desired(), observed, waitsFor)
                : new DerivedState(asSeen(observed), reason(observed));
    }

    private static DerivedState withoutPlace(DesiredState desired, @Nullable LastOperation operation) {
        if (operation == null) {
            return atRestWithoutPlace(desired);
        }
        return switch (operation.status()) {
            case RUNNING, WAITING -> new DerivedState(VmState.PENDING, operation.waitReason());
            case FAILED -> failed(operation);
            case SUCCEEDED, CANCELLED -> atRestWithoutPlace(desired);
        };
    }

    private static DerivedState failed(LastOperation operation) {
        return new DerivedState(VmState.FAILED, operation.errorCode() + ": " + operation.errorDetail());
    }

    private static DerivedState atRestWithoutPlace(DesiredState desired) {
        return switch (desired) {
            case STOPPED -> new DerivedState(VmState.STOPPED, "it has no host yet: a start looks for one");
            case RUNNING, PAUSED ->
                new DerivedState(VmState.PENDING, "it has no host and no operation looks for one: start it again");
            case DELETED -> new DerivedState(VmState.DELETING, null);
        };
    }

    private static DerivedState silent(Duration silence, @Nullable Observed observed) {
        String last = observed == null ? "it never reported this VM" : "the last it said was " + observed.state();
        return new DerivedState(
                VmState.UNKNOWN,
                ErrorCode.HOST_UNREACHABLE + ": the host has not reported for " + silence.toSeconds() + " s; " + last);
    }

    private static DerivedState underWay(DesiredState desired, Observed observed, @Nullable String waitsFor) {
        VmState state = switch (desired) {
            case RUNNING ->
                switch (observed.state()) {
                    case RUNNING -> VmState.RUNNING;
                    case PAUSED -> VmState.PAUSED;
                    case PREPARING -> VmState.PREPARING;
                    case ABSENT, STARTING, STOPPING, STOPPED, CRASHED, FAILED -> VmState.STARTING;
                    case ARRIVING, DEPARTED -> VmState.MIGRATING;
                };
            case STOPPED ->
                switch (observed.state()) {
                    case STOPPED -> VmState.STOPPED;
                    case ABSENT, PREPARING, STARTING, RUNNING, PAUSED, STOPPING, CRASHED, FAILED, ARRIVING, DEPARTED ->
                        VmState.STOPPING;
                };
            case PAUSED -> asSeen(observed);
            case DELETED -> VmState.DELETING;
        };
        return new DerivedState(state, waitsFor == null ? reason(observed) : waitsFor);
    }

    private static VmState asSeen(Observed observed) {
        return switch (observed.state()) {
            case ABSENT, FAILED -> VmState.FAILED;
            case PREPARING -> VmState.PREPARING;
            case STARTING -> VmState.STARTING;
            case RUNNING -> VmState.RUNNING;
            case PAUSED -> VmState.PAUSED;
            case STOPPING -> VmState.STOPPING;
            case STOPPED -> VmState.STOPPED;
            case CRASHED -> VmState.CRASHED;
            case ARRIVING, DEPARTED -> VmState.MIGRATING;
        };
    }

    private static @Nullable String reason(Observed observed) {
        Cause cause = observed.cause();
        return switch (observed.state()) {
            case ABSENT -> VM_LOST + ": the host reports that it holds nothing of this VM";
            case PREPARING, STARTING, RUNNING, PAUSED, STOPPING, STOPPED, CRASHED, FAILED, ARRIVING, DEPARTED ->
                cause == null ? null : cause.code() + ": " + cause.detail();
        };
    }
}
