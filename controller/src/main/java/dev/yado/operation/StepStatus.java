package dev.yado.operation;

/** PENDING has not begun; SKIPPED never will: the operation ended without it. */
public enum StepStatus {
    PENDING,
    RUNNING,
    WAITING,
    SUCCEEDED,
    FAILED,
    UNDONE,
    SKIPPED
}
