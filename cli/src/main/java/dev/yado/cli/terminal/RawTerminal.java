package dev.yado.cli.terminal;

import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The terminal, passing every key on as it is pressed. Restored by close() and, should the process be ended, at its exit. */
public final class RawTerminal implements AutoCloseable {
    /** Ctrl-]. */
    static final int ESCAPE = 0x1d;

    private final String before;
    private final Thread atExit;

    private RawTerminal(String before) {
        this.before = before;
        this.atExit = new Thread(this::restore);
    }

    public static RawTerminal enter() {
        RawTerminal terminal = new RawTerminal(stty("-g"));
        Runtime.getRuntime().addShutdownHook(terminal.atExit);
        stty("raw", "-echo");
        return terminal;
    }

    /** What is typed; Ctrl-] ends it. */
    public InputStream input() {
        return untilEscape(System.in);
    }

    static InputStream untilEscape(InputStream keys) {
        return new FilterInputStream(keys) {
            private boolean ended;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = ended ? -1 : super.read(buffer, offset, length);
                for (int i = 0; i < read; i++) {
                    if (buffer[offset + i] == ESCAPE) {
                        ended = true;
                        return i == 0 ? -1 : i;
                    }
                }
                return read;
            }

            @Override
            public int read() throws IOException {
                int key = ended ? -1 : super.read();
                ended = ended || key == ESCAPE;
                return ended ? -1 : key;
            }
        };
    }

    @Override
    public void close() {
        restore();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook does it once more, which changes nothing.
        }
    }

    private void restore() {
        stty(before);
    }

    private static String stty(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "stty";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/tty").toFile())
                    .redirectErrorStream(true)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw noTerminal(answer);
            }
            return answer;
        } catch (IOException failure) {
            throw noTerminal(String.valueOf(failure.getMessage()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw noTerminal("interrupted");
        }
    }

    private static Failure noTerminal(String why) {
        return Failure.of(
                ExitCode.FAILED,
                "NO_TERMINAL",
                "cannot set up the terminal: " + why,
                "Pipe the input instead: echo uptime | yado vm console VM --for 5");
    }
}
