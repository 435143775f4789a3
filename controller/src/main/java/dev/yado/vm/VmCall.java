package dev.yado.vm;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import org.jspecify.annotations.Nullable;

/** What a caller asks of a VM that is there. */
sealed interface VmCall {
    record Start() implements VmCall {}

    record Stop(StopPolicy policy) implements VmCall {}

    record Reboot() implements VmCall {}

    record Pause() implements VmCall {}

    record Resume() implements VmCall {}

    /** Makes a disk of a stopped VM larger. */
    record Resize(DiskId disk, Mebibytes size) implements VmCall {}

    record Delete() implements VmCall {}

    default VmVerb verb() {
        return switch (this) {
            case Start _ -> VmVerb.START;
            case Stop _ -> VmVerb.STOP;
            case Reboot _ -> VmVerb.REBOOT;
            case Pause _ -> VmVerb.PAUSE;
            case Resume _ -> VmVerb.RESUME;
            case Resize _ -> VmVerb.RESIZE;
            case Delete _ -> VmVerb.DELETE;
        };
    }

    /** What it comes to. */
    default Course on(VmRow vm) {
        Sight sight = vm.sight();
        if (sight.desired() == DesiredState.DELETED && !(this instanceof Delete)) {
            return new Course.Refused(ErrorCode.CONFLICT, "VM " + vm.name() + " is being deleted");
        }
        Unconfirmed unconfirmed = sight.unconfirmed();
        if (unconfirmed != null && !(this instanceof Delete && unconfirmed.nowhere())) {
            return new Course.Refused(ErrorCode.VM_UNCONFIRMED, unconfirmed.reason());
        }
        return switch (this) {
            case Start _ -> start(vm, sight);
            case Stop(StopPolicy policy) -> stop(vm, sight, policy);
            case Reboot _ -> reboot(vm, sight);
            case Pause _ -> pause(vm, sight);
            case Resume _ -> resume(vm, sight);
            case Resize _ -> resize(vm, sight);
            case Delete _ -> delete(vm, sight);
        };
    }

    private static Course start(VmRow vm, Sight sight) {
        boolean wanted = sight.desired() == DesiredState.RUNNING;
        OperationId open = open(sight);
        if (wanted && open != null) {
            return new Course.Joins(open);
        }
        if (wanted && isSeen(sight, ObservedState.RUNNING)) {
            return new Course.Nothing("it runs already");
        }
        // A paused guest goes on with the permission it has; any other start is a new run.
        boolean sameRun = sight.desired() == DesiredState.PAUSED && isSeen(sight, ObservedState.PAUSED);
        return new Course.Changes(
                DesiredState.RUNNING,
                sameRun ? vm.runEpoch() : vm.nextEpoch(),
                vm.reboots(),
                vm.stop(),
                sameRun ? DesiredState.PAUSED : DesiredState.STOPPED);
    }

    private static Course stop(VmRow vm, Sight sight, StopPolicy policy) {
        if (sight.desired() == DesiredState.STOPPED) {
            LastOperation last = sight.operation();
            boolean harder = policy.mode() == StopPolicy.Mode.HARD && vm.stop().mode() == StopPolicy.Mode.GRACEFUL;
            if (last != null && last.open() && !(harder && last.isOpen(VmVerb.STOP))) {
                return new Course.Joins(last.id());
            }
            if ((last == null || !last.open()) && (sight.placement() == null || isSeen(sight, ObservedState.STOPPED))) {
                return new Course.Nothing("it is stopped already");
            }
        }
        return new Course.Changes(DesiredState.STOPPED, vm.runEpoch(), vm.reboots(), policy, sight.desired());
    }

    private static Course reboot(VmRow vm, Sight sight) {
        if (sight.desired() != DesiredState.RUNNING || !sees(sight, ObservedState.RUNNING)) {
            return conflict(vm, "only a running VM can be rebooted");
        }
        return new Course.Changes(
                DesiredState.RUNNING, vm.runEpoch(), vm.reboots() + 1, vm.stop(), DesiredState.RUNNING);
    }

    private static Course pause(VmRow vm, Sight sight) {
        if (sight.desired() == DesiredState.PAUSED) {
            OperationId open = open(sight);
            if (open != null) {
                return new Course.Joins(open);
            }
            if (isSeen(sight, ObservedState.PAUSED)) {
                return new Course.Nothing("it is paused already");
            }
        }
        if (!sees(sight, ObservedState.RUNNING) || sight.desired() == DesiredState.STOPPED) {
            return conflict(vm, "only a running VM can be paused");
        }
        return new Course.Changes(DesiredState.PAUSED, vm.runEpoch(), vm.reboots(), vm.stop(), DesiredState.RUNNING);
    }

    private static Course resume(VmRow vm, Sight sight) {
        if (sight.desired() == DesiredState.RUNNING) {
            LastOperation last = sight.operation();
            if (last != null && last.isOpen(VmVerb.RESUME)) {
                return new Course.Joins(last.id());
            }
            if (isSeen(sight, ObservedState.RUNNING)) {
                return new Course.Nothing("it runs already");
            }
        }
        boolean pausing = sight.desired() == DesiredState.PAUSED && sees(sight, ObservedState.RUNNING);
        if (!sees(sight, ObservedState.PAUSED) && !pausing || sight.desired() == DesiredState.STOPPED) {
            return conflict(vm, "only a paused VM can be resumed");
        }
        return new Course.Changes(DesiredState.RUNNING, vm.runEpoch(), vm.reboots(), vm.stop(), DesiredState.PAUSED);
    }

    private static Course resize(VmRow vm, Sight sight) {
        if (vm.restoring()) {
            return new Course.Refused(
                    ErrorCode.CONFLICT,
                    "the disks of VM " + vm.name()
                            + " still come from a backup: start it, and wait until all has come");
        }
        boolean rests = open(sight) == null && (sight.placement() == null || isSeen(sight, ObservedState.STOPPED));
        return sight.desired() == DesiredState.STOPPED && rests
                ? new Course.Changes(DesiredState.STOPPED, vm.runEpoch(), vm.reboots(), vm.stop(), DesiredState.STOPPED)
                : conflict(vm, "only a disk of a stopped VM can be made larger");
    }

    /** Asked again it answers with the same operation, as long as that is open. */
    private static Course delete(VmRow vm, Sight sight) {
        LastOperation last = sight.operation();
        return last != null && last.isOpen(VmVerb.DELETE)
                ? new Course.Joins(last.id())
                : new Course.Changes(
                        DesiredState.DELETED, vm.runEpoch(), vm.reboots(), StopPolicy.HARD, sight.desired());
    }

    private static @Nullable OperationId open(Sight sight) {
        LastOperation last = sight.operation();
        return last != null && last.open() ? last.id() : null;
    }

    /** The host has said so and is done with everything that is wanted. */
    private static boolean isSeen(Sight sight, ObservedState state) {
        Observed observed = sight.observed();
        return observed != null && observed.state() == state && observed.reached(sight.generation());
    }

    /** The last that the host said, whatever is wanted by now. */
    private static boolean sees(Sight sight, ObservedState state) {
        Observed observed = sight.observed();
        return observed != null && observed.state() == state;
    }

    private static Course.Refused conflict(VmRow vm, String rule) {
        return new Course.Refused(
                ErrorCode.CONFLICT,
                rule + ": " + vm.name() + " is " + DerivedState.of(vm.sight()).state() + ", wanted "
                        + vm.sight().desired());
    }
}
