package dev.yado.flow;

import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Step;
import dev.yado.telemetry.LogKey;
import java.time.Duration;
import java.util.function.Function;

/** A flow with other steps. */
record SabotagedFlow<S extends Enum<S>>(Flow<S> flow, Function<S, Step<S>> sabotaged) implements Flow<S> {
    @Override
    public String kind() {
        return flow.kind();
    }

    @Override
    public int version() {
        return flow.version();
    }

    @Override
    public Priority priority() {
        return flow.priority();
    }

    @Override
    public Duration deadline() {
        return flow.deadline();
    }

    @Override
    public Class<S> steps() {
        return flow.steps();
    }

    @Override
    public LogKey target() {
        return flow.target();
    }

    @Override
    public Cancellation cancellation() {
        return flow.cancellation();
    }

    @Override
    public boolean givesWayWhileUndone() {
        return flow.givesWayWhileUndone();
    }

    @Override
    public Step<S> step(S name) {
        return sabotaged.apply(name);
    }
}
