package dev.yado.operation;

import dev.yado.telemetry.LogKey;
import java.time.Duration;

/**
 * One kind of operation: a table of contents. The steps run in the order that their results name, the first constant of
 * {@code S} first. Flows keep no state: all progress is in the operation's row.
 *
 * @param <S> the steps
 */
public interface Flow<S extends Enum<S>> {
    /** The stable name of the kind, as in the API. */
    String kind();

    /** Grows when steps change their meaning. An operation begun under another version is refused, never guessed. */
    int version();

    Priority priority();

    /** How long the whole operation may take, from begin to end. */
    Duration deadline();

    Class<S> steps();

    /** What the ids of its targets are, for logs. */
    default LogKey target() {
        return LogKey.VM;
    }

    /** What a step does: an exhaustive switch. */
    Step<S> step(S name);

    Cancellation cancellation();

    /**
     * Whether a newer operation on the same object may begin while this one is being undone: right where every operation tells the
     * whole of what is wanted, so that the newest makes the rest of the undo pointless.
     */
    default boolean givesWayWhileUndone() {
        return false;
    }
}
