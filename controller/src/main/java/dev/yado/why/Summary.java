package dev.yado.why;

import dev.yado.operation.OperationView;
import dev.yado.protocol.DesiredState;
import dev.yado.vm.VmView;
import org.jspecify.annotations.Nullable;

/** All of it in a sentence or two: how it is, why, and what comes next. */
final class Summary {
    private Summary() {}

    static String of(VmView vm, @Nullable OperationView newest, long lasting) {
        StringBuilder text = new StringBuilder(vm.name()).append(" is ").append(vm.state());
        String reason = vm.stateReason();
        if (reason != null) {
            text.append(": ").append(reason);
        }
        if (!text.toString().endsWith(".")) {
            text.append('.');
        }
        text.append(' ').append(next(vm, newest));
        if (lasting > 0) {
            text.append(lasting == 1 ? " One drift entry lasts." : " " + lasting + " drift entries last.");
        }
        return text.toString();
    }

    private static String next(VmView vm, @Nullable OperationView newest) {
        boolean open = newest != null && !newest.status().ended();
        return switch (vm.state()) {
            case UNKNOWN ->
                "It goes on by itself when its host reports again; nothing of it is freed or started elsewhere.";
            case CRASHED, FAILED ->
                open
                        ? "Its operation goes on."
                        : "Nothing starts it again by itself under a run that has ended: start it, or delete it.";
            case STOPPED ->
                vm.desired() == DesiredState.STOPPED
                        ? "That is what is wanted."
                        : "It is wanted " + vm.desired() + ": start it.";
            case RUNNING, PAUSED ->
                vm.state().name().equals(vm.desired().name())
                        ? "That is what is wanted."
                        : "It is wanted " + vm.desired() + (open ? " and on its way." : ".");
            case PENDING, PREPARING, STARTING, MIGRATING, STOPPING, DELETING ->
                open
                        ? "Its operation goes on by itself."
                        : "No operation is open: what is wanted is sent again by itself.";
        };
    }
}
