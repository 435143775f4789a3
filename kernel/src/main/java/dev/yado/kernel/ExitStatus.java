package dev.yado.kernel;

/** How a child of this process ended. */
public sealed interface ExitStatus {
    record Exited(int code) implements ExitStatus {}

    record Signalled(int signal) implements ExitStatus {}
}
