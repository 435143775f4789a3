package dev.yado.vmmd.vm;

import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import dev.yado.vmmd.qemu.ProcessEnd;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended.
 *
 * @param state {@code STOPPED} or {@code CRASHED}
 */
record Ending(ObservedState state, Cause cause) {
    private static final int SIGKILL = 9;
    private static final Map<Integer, String> SIGNALS = Map.of(
            1,
            "SIGHUP",
            2,
            "SIGINT",
            4,
            "SIGILL",
            6,
            "SIGABRT",
            7,
            "SIGBUS",
            SIGKILL,
            "SIGKILL",
            11,
            "SIGSEGV",
            15,
            "SIGTERM",
            31,
            "SIGSYS (a system call that the sandbox forbids)");

    static Ending stopped(Cause.Code code, String detail) {
        return new Ending(ObservedState.STOPPED, new Cause(code, detail));
    }

    static Ending crashed(Cause.Code code, String detail) {
        return new Ending(ObservedState.CRASHED, new Cause(code, detail));
    }

    /**
     * Why a process ended that nobody here ended.
     *
     * @param shutdownReason the reason of QEMU's last {@code SHUTDOWN} event, where there was one
     * @param outOfMemory the evidence, when the host's kernel killed it for lack of memory
     */
    static Ending ofProcess(
            ProcessEnd end, @Nullable String shutdownReason, Optional<String> outOfMemory, List<String> lastWords) {
        String said =
                lastWords.isEmpty() ? "QEMU said nothing." : "QEMU's last words: " + String.join(" / ", lastWords);
        if (outOfMemory.isPresent()) {
            return crashed(Cause.Code.OOM_KILLED, outOfMemory.get());
        }
        boolean toldToEnd = "host-signal".equals(shutdownReason)
                || lastWords.stream().anyMatch(line -> line.contains("terminating on signal"));
        return switch (end) {
            case ProcessEnd.Signalled(int signal) ->
                crashed(
                        Cause.Code.PROCESS_KILLED,
                        "QEMU was killed by " + SIGNALS.getOrDefault(signal, "signal " + signal) + ". " + said);
            case ProcessEnd.Exited _, ProcessEnd.Unknown _
            when toldToEnd -> crashed(Cause.Code.PROCESS_KILLED, "QEMU was told to end by a signal. " + said);
            case ProcessEnd.Exited(int code)
            when "host-qmp-quit".equals(shutdownReason) ->
                crashed(
                        Cause.Code.PROCESS_KILLED,
                        "QEMU was told to quit by another QMP client, exit code " + code + ".");
            case ProcessEnd.Exited(int code) ->
                crashed(Cause.Code.PROCESS_ERROR, "QEMU ended with exit code " + code + ". " + said);
            case ProcessEnd.Unknown _ ->
                crashed(
                        Cause.Code.PROCESS_VANISHED,
                        "QEMU was started by an earlier daemon and is gone; its exit status cannot be read. " + said);
        };
    }
}
