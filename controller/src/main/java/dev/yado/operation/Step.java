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
    /** How long the step may take, waits included, before the operation fails with {@code DEADLINE_EXCEEDED}. */
    Duration deadline();

    @Nullable
    Undo undo();

    static <S extends Enum<S>> Transaction<S> transaction(Duration deadline, Body<S> body) {
        return new Transaction<>(deadline, body, null);
    }

    static <S extends Enum<S>, R> HostCall<S, R> hostCall(
            Duration deadline, Call<R> call, Conclusion<S, R> conclusion) {
        return new HostCall<>(deadline, call, conclusion, null);
    }

    /** The body's SQL commits together with the step's result, or not at all. */
    record Transaction<S extends Enum<S>>(
            Duration deadline, Body<S> body, @Nullable Undo undo) implements Step<S> {
        public Transaction<S> undoneBy(Undo by) {
            return new Transaction<>(deadline, body, by);
        }
    }

    /** The call runs outside of any transaction; what it answered is concluded in the transaction that commits the step. */
    record HostCall<S extends Enum<S>, R>(
            Duration deadline,
            Call<R> call,
            Conclusion<S, R> conclusion,
            @Nullable Undo undo) implements Step<S> {
        public HostCall<S, R> undoneBy(Undo by) {
            return new HostCall<>(deadline, call, conclusion, by);
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
