package dev.yado.operation;

/** What a cancel does to an operation that is at a step. A step that has not begun can always be cancelled. */
public enum CancelPoint {
    /** The step ends at once, whatever it waits for, and undo begins. */
    NOW,
    /** The present attempt is let finish, so that its outcome is known; then undo begins. */
    AFTER_STEP,
    /** What the step does cannot be taken back: a cancel is refused, and told what happens instead. */
    NO_RETURN
}
