package dev.yado.flow;

import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.vm.VmVerb;
import java.time.Duration;

/** What all operations on a VM have in common. What is left to each is its table of contents. */
abstract class VmFlow<S extends Enum<S>> implements Flow<S> {
    final VmSteps vm;
    private final VmVerb verb;
    private final Class<S> steps;
    private final Duration deadline;

    VmFlow(VmVerb verb, Class<S> steps, Duration deadline, VmSteps vm) {
        this.vm = vm;
        this.verb = verb;
        this.steps = steps;
        this.deadline = deadline;
    }

    @Override
    public final String kind() {
        return verb.kind();
    }

    @Override
    public int version() {
        return 1;
    }

    @Override
    public final Priority priority() {
        return switch (verb) {
            case STOP, PAUSE, DELETE -> Priority.URGENT;
            case CREATE, START, REBOOT, RESUME, RESIZE, MIGRATE -> Priority.NORMAL;
        };
    }

    @Override
    public final Duration deadline() {
        return deadline;
    }

    @Override
    public final Class<S> steps() {
        return steps;
    }

    @Override
    public Cancellation cancellation() {
        return vm.goingBackFrom(verb);
    }

    /** Each operation tells the host the whole of what is wanted, or removes all of it. */
    @Override
    public final boolean givesWayWhileUndone() {
        return true;
    }
}
