package dev.yado.kernel;

import java.io.IOException;
import org.junit.jupiter.api.Assertions;

/** A child process of the test that is gone when the test is over. */
record RunningChild(Process process) implements AutoCloseable {
    static RunningChild sleeping() throws IOException {
        return of("sleep", "300");
    }

    static RunningChild of(String... command) throws IOException {
        return new RunningChild(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    long pid() {
        return process.pid();
    }

    ProcessIdentity identity() throws IOException {
        return ProcFs.ofHost().identity(pid()).orElseThrow();
    }

    int exitStatus() {
        return Assertions.assertDoesNotThrow(() -> process.waitFor());
    }

    @Override
    public void close() {
        process.destroyForcibly();
        exitStatus();
    }
}
