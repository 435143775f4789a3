package dev.yado.postgres;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts and stops the server process of one data directory. Keeps no state: postmaster.pid is the truth. */
record Server(PostgresBundle bundle, ServiceUser user, Path data, Path logFile) {
    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final long LOG_LIMIT = 8L << 20;
    private static final Duration PAUSE = Duration.ofMillis(20);
    /** Recovery after a power cut may replay all WAL that max_wal_size allows. */
    private static final Duration START = Duration.ofMinutes(5);

    private static final Duration STOP = Duration.ofMinutes(1);

    /** The server did not come up, for example because its port is taken. The log's end tells why. */
    static final class DidNotStart extends Exception {
        private static final long serialVersionUID = 1L;

        DidNotStart(String message) {
            super(message);
        }
    }

    /** Starts it in a session of its own, so that neither a terminal's Ctrl-C nor this process's death reaches it; waits until it serves. */
    Postmaster start(int port) throws DidNotStart, InterruptedException {
        try {
            if (Postmaster.isPidOfAnother(data)) {
                log.info("Removing {} of a server that died: another process has its number now.", Postmaster.FILE);
                Files.delete(data.resolve(Postmaster.FILE));
            }
            rotateLog();
            long logStart = Files.size(logFile);
            Process process = Command.builder(arguments(port))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                    .start();
            return awaitReady(process, logStart);
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot start PostgreSQL: " + failure, "Check the disk and that setsid is installed.", failure);
        }
    }

    private Postmaster awaitReady(Process process, long logStart)
            throws DidNotStart, InterruptedException, IOException {
        boolean ready = false;
        try {
            long end = System.nanoTime() + START.toNanos();
            while (process.isAlive()) {
                Optional<Postmaster> postmaster = Postmaster.of(data);
                if (postmaster.isPresent() && postmaster.get().ready()) {
                    ready = true;
                    return postmaster.get();
                }
                if (System.nanoTime() > end) {
                    throw new DidNotStart("it was not ready after " + START.toSeconds() + " s; see " + logFile);
                }
                Thread.sleep(PAUSE);
            }
            throw new DidNotStart(logSince(logStart));
        } finally {
            if (!ready) {
                process.destroy();
            }
        }
    }

    /** Waits for a server that somebody else has started. */
    Optional<Postmaster> awaitReady() throws InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        Optional<Postmaster> postmaster = Postmaster.of(data);
        while (postmaster.isPresent() && !postmaster.get().ready()) {
            if (System.nanoTime() > end) {
                throw new EmbeddedPostgresException(
                        "PostgreSQL, process " + postmaster.get().process().pid() + ", is neither ready nor gone after "
                                + START.toSeconds() + " s.",
                        "Read " + logFile + ".");
            }
            Thread.sleep(PAUSE);
            postmaster = Postmaster.of(data);
        }
        return postmaster;
    }

    /** Ends sessions and stops cleanly; returns when the process is gone. Nothing to do when it does not run. */
    void stop() {
        Optional<Postmaster> postmaster = Postmaster.of(data);
        if (postmaster.isEmpty()) {
            return;
        }
        Command.Output output = new Command(user.command(List.of(
                        bundle.program("pg_ctl"),
                        "stop",
                        "--pgdata=" + data,
                        "--mode=fast",
                        "--wait",
                        "--timeout=" + STOP.toSeconds(),
                        "--silent")))
                .run(STOP.plusSeconds(10));
        if (output.exit() != 0 && postmaster.get().isAlive()) {
            log.warn(
                    "PostgreSQL, process {}, did not stop: {}",
                    postmaster.get().process().pid(),
                    output.text());
        }
    }

    private List<String> arguments(int port) {
        List<String> arguments = new ArrayList<>(List.of("setsid"));
        arguments.addAll(user.command(List.of(bundle.program("postgres"), "-D", data.toString())));
        for (String setting : settings(port)) {
            arguments.add("-c");
            arguments.add(setting);
        }
        return arguments;
    }

    /** Loopback only, durable, small: no worker processes that an idle control plane would pay for. */
    private static List<String> settings(int port) {
        return List.of(
                "listen_addresses=127.0.0.1",
                "port=" + port,
                "unix_socket_directories=",
                "fsync=on",
                "full_page_writes=on",
                "synchronous_commit=on",
                "max_connections=100",
                "shared_buffers=64MB",
                "huge_pages=off",
                "work_mem=4MB",
                "maintenance_work_mem=32MB",
                "max_wal_size=256MB",
                "min_wal_size=48MB",
                "io_method=sync",
                "jit=off",
                "max_worker_processes=4",
                "max_logical_replication_workers=0",
                "autovacuum_max_workers=2",
                // Operations come and go by the thousand: without it a new database has a minute of plans made for
                // empty tables.
                "autovacuum_naptime=5s",
                "log_checkpoints=off",
                "log_line_prefix=%m [%p] ",
                "timezone=UTC",
                "log_timezone=UTC",
                "cluster_name=yado");
    }

    /** Statements that failed stand in it with their values: it is for the operator alone. */
    private void rotateLog() throws IOException {
        if (Files.exists(logFile) && Files.size(logFile) > LOG_LIMIT) {
            Files.move(
                    logFile, logFile.resolveSibling(logFile.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!Files.exists(logFile)) {
            Files.createFile(logFile, DataDirectory.PRIVATE_FILE);
        }
    }

    private String logSince(long start) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(logFile.toFile(), "r")) {
            long length = file.length();
            file.seek(Math.max(start, length - 2000));
            byte[] tail = new byte[(int) (length - file.getFilePointer())];
            file.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8).strip();
        }
    }
}
