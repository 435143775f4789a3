package dev.yado.flow;

import dev.yado.operation.Flow;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A step at which something happens once: when it has done its work and before that is committed. All replicas of a test share it. */
final class CrashPoint implements Interference {
    /** @param what given how to kill the replica at which the step is */
    private record Armed(String kind, String step, Consumer<Runnable> what) {}

    private final AtomicReference<@Nullable Armed> armed = new AtomicReference<>();

    void arm(String kind, String step, Consumer<Runnable> what) {
        armed.set(new Armed(kind, step, what));
    }

    void disarm() {
        armed.set(null);
    }

    @Override
    public <S extends Enum<S>> Flow<S> on(Flow<S> flow, Runnable kill) {
        return new SabotagedFlow<>(flow, name -> switch (flow.step(name)) {
            case Step.Transaction<S> transaction ->
                transaction.doing(run -> around(flow.kind(), name.name(), kill, run, transaction.body()::run));
            case Step.HostCall<S, ?> call -> aroundCall(flow.kind(), name, kill, call);
        });
    }

    private <S extends Enum<S>, R> Step<S> aroundCall(String kind, S name, Runnable kill, Step.HostCall<S, R> call) {
        return call.doing(run -> around(kind, name.name(), kill, run, call.call()::call), call.conclusion());
    }

    private <R> R around(String kind, String step, Runnable kill, Run run, Function<Run, R> work) {
        R result = work.apply(run);
        Armed present = armed.get();
        if (present != null
                && present.kind().equals(kind)
                && present.step().equals(step)
                && armed.compareAndSet(present, null)) {
            present.what().accept(kill);
        }
        return result;
    }
}
