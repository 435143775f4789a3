package dev.yado.operation;

import java.time.Duration;

/**
 * Takes back what a step did. It also runs for the step that failed or was cancelled, since that may have done something before:
 * undoing what was never done is not an error. It may run more than once, as a step may.
 */
public sealed interface Undo {
    /** How long it may take, waits included. After that the operation ends without it, and tells so. */
    Duration deadline();

    /** When the operation failed it stays as it is: the failure leaves something that its owner is to see or to repeat. */
    boolean onlyWhenCancelled();

    static Undo inTransaction(Duration deadline, Body body) {
        return new InTransaction(deadline, false, body);
    }

    static <R> Undo byHostCall(Duration deadline, Step.Call<R> call, Conclusion<R> conclusion) {
        return new ByHostCall<>(deadline, false, call, conclusion);
    }

    default Undo whenCancelled() {
        return switch (this) {
            case InTransaction(Duration deadline, boolean _, Body body) -> new InTransaction(deadline, true, body);
            case ByHostCall<?> call -> call.onlyOnCancel();
        };
    }

    record InTransaction(Duration deadline, boolean onlyWhenCancelled, Body body) implements Undo {}

    record ByHostCall<R>(Duration deadline, boolean onlyWhenCancelled, Step.Call<R> call, Conclusion<R> conclusion)
            implements Undo {
        private Undo onlyOnCancel() {
            return new ByHostCall<>(deadline, true, call, conclusion);
        }
    }

    @FunctionalInterface
    interface Body {
        Result run(Run run);
    }

    @FunctionalInterface
    interface Conclusion<R> {
        Result conclude(Run run, R answer);
    }

    sealed interface Result {
        record Undone() implements Result {}

        record NotYet(Duration delay, String reason) implements Result {}
    }
}
