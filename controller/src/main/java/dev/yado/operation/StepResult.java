package dev.yado.operation;

import dev.yado.protocol.ErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How a step ended. An exception is none of these: the step is tried again, later and later, until its deadline. */
public sealed interface StepResult<S extends Enum<S>> {

    /** The step is done. @param detail one line for people on what came out of it */
    record Advance<S extends Enum<S>>(S next, @Nullable String detail) implements StepResult<S> {
        public Advance(S next) {
            this(next, null);
        }
    }

    /**
     * The step runs again after the delay, or at once when the operation's target or the topic is woken.
     *
     * @param reason what it waits for, for people
     * @param topic what else wakes it; null for nothing else
     */
    record Wait<S extends Enum<S>>(
            Duration delay, String reason, @Nullable String topic) implements StepResult<S> {
        public Wait(Duration delay, String reason) {
            this(delay, reason, null);
        }
    }

    /** The step and the operation are done. */
    record Done<S extends Enum<S>>(@Nullable String detail) implements StepResult<S> {
        public Done() {
            this(null);
        }
    }

    /** The operation cannot succeed: what was done is undone, newest first, then it has failed. */
    record GiveUp<S extends Enum<S>>(ErrorCode code, String detail) implements StepResult<S> {}

    /** A newer request or a newer fact has made the operation pointless: it ends as cancelled, nothing is undone. */
    record Overtaken<S extends Enum<S>>(String detail) implements StepResult<S> {}
}
