package dev.yado.flow;

import dev.yado.operation.Cancellation;
import dev.yado.operation.Flow;
import dev.yado.operation.Priority;
import dev.yado.operation.Run;
import dev.yado.operation.Step;
import dev.yado.operation.StepResult;
import dev.yado.protocol.ErrorCode;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** What goes wrong at one step of one flow, once per replica. */
public record Sabotage(@Nullable String kind, @Nullable String step, What what) implements Interference {
    public static final Sabotage NONE = new Sabotage(null, null, What.NOTHING);

    public enum What {
        NOTHING,
        /** The step does everything twice before it commits. */
        RUNS_TWICE,
        /** The replica dies before the step has done anything: after the commit of the step before. */
        DIES_BEFORE,
        /** The replica dies after the step has done its work, before it commits. */
        DIES_AFTER,
        GIVES_UP
    }

    /** The end of the process: nothing catches it on the way. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed(String where) {
            super(where);
        }
    }

    @Override
    public <S extends Enum<S>> Flow<S> on(Flow<S> flow, Runnable kill) {
        return flow.kind().equals(kind) ? new Sabotaged<>(flow, this, kill, new AtomicBoolean()) : flow;
    }

    private record Sabotaged<S extends Enum<S>>(Flow<S> flow, Sabotage sabotage, Runnable kill, AtomicBoolean done)
            implements Flow<S> {
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
        public Cancellation cancellation() {
            return flow.cancellation();
        }

        @Override
        public boolean givesWayWhileUndone() {
            return flow.givesWayWhileUndone();
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
        public Step<S> step(S name) {
            Step<S> step = flow.step(name);
            if (!name.name().equals(sabotage.step())) {
                return step;
            }
            return switch (step) {
                case Step.Transaction<S> transaction ->
                    transaction.doing(
                            run -> sabotage.what() == What.GIVES_UP ? failure() : around(run, transaction.body()::run));
                case Step.HostCall<S, ?> call -> around(call);
            };
        }

        private <R> Step<S> around(Step.HostCall<S, R> call) {
            return call.doing(
                    run -> around(run, call.call()::call),
                    (run, answer) -> sabotage.what() == What.GIVES_UP
                            ? failure()
                            : call.conclusion().conclude(run, answer));
        }

        private <R> R around(Run run, java.util.function.Function<Run, R> work) {
            switch (sabotage.what()) {
                case NOTHING, GIVES_UP -> {
                    return work.apply(run);
                }
                case RUNS_TWICE -> {
                    R first = work.apply(run);
                    R second = work.apply(run);
                    return second == null ? first : second;
                }
                case DIES_BEFORE -> {
                    if (done.compareAndSet(false, true)) {
                        die(run);
                    }
                    return work.apply(run);
                }
                case DIES_AFTER -> {
                    R result = work.apply(run);
                    if (done.compareAndSet(false, true)) {
                        die(run);
                    }
                    return result;
                }
            }
            throw new IllegalStateException();
        }

        private StepResult<S> failure() {
            return new StepResult.GiveUp<>(ErrorCode.INTERNAL, "injected failure");
        }

        private void die(Run run) {
            kill.run();
            throw new Killed(run.fence().header());
        }
    }
}
