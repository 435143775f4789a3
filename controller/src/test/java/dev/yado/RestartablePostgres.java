package dev.yado;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL of its own, which is ended as by {@code pg_ctl stop -m immediate} and started again with the same arguments. */
public final class RestartablePostgres implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path data;
    private final EmbeddedPostgres first;
    private final List<String> command;
    private int restarts;

    public RestartablePostgres() {
        try {
            data = Files.createTempDirectory("yado-restartable-postgres");
            first = EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setServerConfig("max_connections", "200")
                    // What was committed is there after the restart. The machine does not crash, so it need not be on
                    // the disk.
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("fsync", "off")
                    .start();
            command = commandOf(postmaster());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the PostgreSQL that is to be restarted", e);
        }
    }

    /** Of its database {@code postgres}. */
    public String url() {
        return first.getJdbcUrl("postgres", "postgres");
    }

    public int restarts() {
        return restarts;
    }

    /** Every connection breaks, nothing is written down in order; returns when it has recovered and answers. */
    public void restart() {
        try {
            end(postmaster());
            List<String> again = new ArrayList<>();
            if (System.getProperty("user.name").equals("root")) {
                again.addAll(List.of("unshare", "-U"));
            }
            again.addAll(command);
            new ProcessBuilder(again)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            data.resolve("restarts.log").toFile()))
                    .start();
            awaitAnswer();
            restarts++;
        } catch (IOException | InterruptedException | java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("PostgreSQL was not restarted", e);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("PostgreSQL did not end within " + PATIENCE, e);
        }
    }

    private ProcessHandle postmaster() throws IOException {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip());
        return ProcessHandle.of(pid).orElseThrow(() -> new IOException("no process " + pid));
    }

    private static List<String> commandOf(ProcessHandle process) throws IOException {
        String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        return Stream.of(line.split("\0", -1)).filter(word -> !word.isEmpty()).toList();
    }

    /** SIGQUIT is what {@code pg_ctl} sends for an immediate end. */
    private static void end(ProcessHandle postmaster)
            throws IOException, InterruptedException, java.util.concurrent.ExecutionException,
                    java.util.concurrent.TimeoutException {
        new ProcessBuilder("kill", "-QUIT", Long.toString(postmaster.pid()))
                .start()
                .waitFor();
        postmaster.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void awaitAnswer() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try (Connection connection = DriverManager.getConnection(url())) {
                if (connection.isValid(1)) {
                    return;
                }
            } catch (SQLException notYet) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("PostgreSQL does not answer; see " + data, notYet);
                }
                Thread.sleep(20);
            }
        }
    }

    @Override
    public void close() {
        try {
            end(postmaster());
            org.springframework.util.FileSystemUtils.deleteRecursively(data);
        } catch (Exception e) {
            throw new IllegalStateException("PostgreSQL in " + data + " was not ended", e);
        }
    }
}
