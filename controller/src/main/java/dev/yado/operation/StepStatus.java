package dev.yado.operation;

/**
 * PENDING has not begun; SKIPPED never will: the operation ended or went on without it. CANCELLED was under way when the operation was
 * cancelled, and left nothing that had to be undone, or is still to be undone.
 */
public enum StepStatus {
    PENDING,
    RUNNING,
    WAITING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    UNDOING,
    UNDONE,
    SKIPPED
}
