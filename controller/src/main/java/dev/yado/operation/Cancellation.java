package dev.yado.operation;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a cancel means for the object that an operation works on. What the steps did is taken back by their {@link Undo}s. */
public interface Cancellation {
    /** For operations that change nothing before their first step. */
    Cancellation NOTHING_TO_TAKE_BACK = new Cancellation() {};

    /**
     * @param targetState the state that the object will be in, as in the API; null when it has no state
     * @param detail a sentence on it
     */
    record Outlook(@Nullable String targetState, String detail) {}

    /** Locks the object's row, as whoever begins an operation does: always before the operation's own row. */
    default void lock(UUID target) {}

    /** Told before it happens. Only reads. */
    default Outlook outlook(Run run) {
        return new Outlook(null, "what it did is undone");
    }

    /** Changes back what the beginning changed, in the transaction in which the cancel takes effect, before any undo. */
    default void takeBack(Run run) {}
}
