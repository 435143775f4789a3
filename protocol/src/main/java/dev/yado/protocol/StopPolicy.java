package dev.yado.protocol;

/**
 * How a running guest is brought to a stop.
 *
 * @param timeoutSeconds graceful only: how long the guest has after the ACPI power button before it is stopped hard
 */
public record StopPolicy(Mode mode, int timeoutSeconds) {
    public static final StopPolicy HARD = new StopPolicy(Mode.HARD, 0);

    public enum Mode {
        GRACEFUL,
        HARD
    }
}
