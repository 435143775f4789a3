package dev.yado.postgres;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A short-lived program: run to its end within a deadline, in an empty environment, from the root directory. */
record Command(List<String> arguments, String input) {
    /** PG* variables of the caller must not reach PostgreSQL, and its messages must not depend on the caller's language. */
    private static final List<String> ENVIRONMENT = List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC");

    record Output(int exit, String text) {}

    Command(List<String> arguments) {
        this(arguments, "");
    }

    /** Output is both streams. A program that outlives the deadline is killed and reported. */
    Output run(Duration deadline) {
        try {
            Path output = Files.createTempFile("yado-pg-", ".out");
            try {
                Process process = builder(arguments)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                try (OutputStream stdin = process.getOutputStream()) {
                    stdin.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException ended) {
                    // It ended without reading; its exit status tells why.
                }
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new EmbeddedPostgresException(
                            name() + " did not end within " + deadline.toSeconds() + " s: "
                                    + Files.readString(output).strip(),
                            "Look at the load and at the disk of this machine, then start again.");
                }
                return new Output(process.exitValue(), Files.readString(output).strip());
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot run " + name() + ": " + failure.getMessage(), "Check that the program is there.", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException(
                    "Interrupted while " + name() + " ran.", "Nothing to do: the controller is stopping.", interrupted);
        }
    }

    /** Runs it and insists on exit status 0. */
    String runOrFail(Duration deadline, String whatToDo) {
        Output output = run(deadline);
        if (output.exit() != 0) {
            throw new EmbeddedPostgresException(
                    name() + " failed with exit status " + output.exit() + ": " + output.text(), whatToDo);
        }
        return output.text();
    }

    static ProcessBuilder builder(List<String> arguments) {
        ProcessBuilder builder =
                new ProcessBuilder(arguments).directory(Path.of("/").toFile());
        builder.environment().clear();
        for (String variable : ENVIRONMENT) {
            int equals = variable.indexOf('=');
            builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
        }
        return builder;
    }

    /** The program itself, not what makes it run as another user. */
    private String name() {
        return arguments.get(arguments.indexOf("--") + 1);
    }
}
