package dev.yado.operation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A step is one transaction or one host call, and never a host call inside a transaction. Either may run more than once: a runner
 * that dies before its commit leaves the step to another.
 *
 * @param <S> the steps of the flow
 */
public sealed interface Step<S extends Enum<S>> {
    /** What it does, for plans and timelines. */
    String sentence();

    /** How long the step may take, waits included, before the operation fails with {@code DEADLINE_EXCEEDED}. */
    Duration deadline();

    CancelPoint cancelPoint();

    @Nullable
    Undo undo();

    static <S extends Enum<S>> Transaction<S> transaction(
            String sentence, Duration deadline, CancelPoint cancelPoint, Body<S> body) {
        return new Transaction<>(sentence, deadline, cancelPoint, body, null);
    }

    static <S extends Enum<S>, R> HostCall<S, R> hostCall(
            String sentence, Duration deadline, CancelPoint cancelPoint, Call<R> call, Conclusion<S, R> conclusion) {
        return new HostCall<>(sentence, deadline, cancelPoint, call, conclusion, null);
    }

    /** The body's SQL commits together with the step's result, or not at all. */
    record Transaction<S extends Enum<S>>(
            String sentence,
            Duration deadline,
            CancelPoint cancelPoint,
            Body<S> body,
            @Nullable Undo undo) implements Step<S> {
        public Transaction<S> undoneBy(Undo by) {
            return new Transaction<>(sentence, deadline, cancelPoint, body, by);
        }

        public Transaction<S> doing(Body<S> other) {
            return new Transaction<>(sentence, deadline, cancelPoint, other, undo);
        }
    }

    /** The call runs outside of any transaction; what it answered is concluded in the transaction that commits the step. */
    record HostCall<S extends Enum<S>, R>(
            String sentence,
            Duration deadline,
            CancelPoint cancelPoint,
            Call<R> call,
            Conclusion<S, R> conclusion,
            @Nullable Undo undo)
            implements Step<S> {
        public HostCall<S, R> undoneBy(Undo by) {
            return new HostCall<>(sentence, deadline, cancelPoint, call, conclusion, by);
        }

        public HostCall<S, R> doing(Call<R> other, Conclusion<S, R> otherConclusion) {
            return new HostCall<>(sentence, deadline, cancelPoint, other, otherConclusion, undo);
        }
    }

    @FunctionalInterface
    interface Body<S extends Enum<S>> {
        StepResult<S> run(Run run);
    }

    /** One idempotent call. It may read rows before; it holds no connection while it waits for the host. */
    @FunctionalInterface
    interface Call<R> {
        R call(Run run);
    }

    @FunctionalInterface
    interface Conclusion<S extends Enum<S>, R> {
        StepResult<S> conclude(Run run, R answer);
    }
}
