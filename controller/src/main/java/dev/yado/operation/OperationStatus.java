package dev.yado.operation;

/**
 * <pre>
 * RUNNING <-> WAITING -> SUCCEEDED | FAILED | CANCELLED
 * </pre>
 */
public enum OperationStatus {
    RUNNING,
    WAITING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    public boolean ended() {
        return switch (this) {
            case RUNNING, WAITING -> false;
            case SUCCEEDED, FAILED, CANCELLED -> true;
        };
    }
}
