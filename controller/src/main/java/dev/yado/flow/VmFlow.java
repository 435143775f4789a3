package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.vm.VmVerb;
import java.time.Duration;

/** What all operations on a VM have in common. What is left to each is its table of contents. */
abstract class VmFlow<S extends Enum<S>> implements Flow<S> {
    private final VmVerb verb;
    private final Class<S> steps;
    private final Duration deadline;

    VmFlow(VmVerb verb, Class<S> steps, Duration deadline) {
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
    public final Duration deadline() {
        return deadline;
    }

    @Override
    public final Class<S> steps() {
        return steps;
    }
}
