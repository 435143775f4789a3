package dev.yado.operation;

import java.time.Duration;

/**
 * Takes back what a step did. It also runs for the step that failed, since that may have done something before it failed: undoing
 * what was never done is not an error.
 */
public sealed interface Undo {
    record InTransaction(Body body) implements Undo {}

    record ByHostCall<R>(Step.Call<R> call, Conclusion<R> conclusion) implements Undo {}

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
