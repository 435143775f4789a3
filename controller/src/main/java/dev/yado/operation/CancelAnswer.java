package dev.yado.operation;

import dev.yado.protocol.OperationId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cancel does.
 *
 * @param detail a sentence for people
 * @param undo names of the steps that are, or will be, undone, in this order
 * @param targetState the state that the object will be in, as in the API; null when it has none
 */
public record CancelAnswer(
        OperationId operation,
        Effect effect,
        String detail,
        List<String> undo,
        @Nullable String targetState,
        Instant requestedAt,
        String requestedBy) {
    public CancelAnswer {
        undo = List.copyOf(undo);
    }

    public enum Effect {
        /** It has ended. */
        CANCELLED,
        /** It has turned round: what was done is being undone. */
        UNDOING,
        /** The present step is let finish, then it turns round. */
        AFTER_STEP
    }
}
