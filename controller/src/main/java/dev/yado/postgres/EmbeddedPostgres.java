package dev.yado.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of the controllers' own: those that share a state directory share one. While an instance is open its server runs:
 * one that dies is started again on the same port. The last close() stops it; a controller that is killed leaves it running, and the
 * next one attaches to it.
 */
final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final Duration WATCH = Duration.ofMillis(250);
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** The first start takes seconds, a recovery after a power cut minutes. */
    private static final Duration TURN = Duration.ofMinutes(6);

    private static final int START_ATTEMPTS = 10;

    private final SharedServer share;
    private final DataDirectory data;
    private final Server server;
    private final ReentrantLock turn = new ReentrantLock();
    private final Thread watch;
    private volatile Postmaster postmaster;
    private volatile boolean closing;

    private EmbeddedPostgres(SharedServer share, DataDirectory data, Server server, Postmaster postmaster) {
        this.share = share;
        this.data = data;
        this.server = server;
        this.postmaster = postmaster;
        this.watch = Thread.ofVirtual().name("postgres-watch").unstarted(this::watch);
    }

    /** Attaches to the server of this state directory, or starts it; on the very first call makes it. */
    static EmbeddedPostgres open(Path stateDirectory, Optional<String> wantedUser) {
        Path state = makeState(stateDirectory);
        SharedServer share = SharedServer.of(state);
        try (SharedServer.Turn turn = share.turn(TURN)) {
            EmbeddedPostgres postgres = open(state, wantedUser, share);
            share.use();
            postgres.watch.start();
            return postgres;
        } catch (InterruptedException interrupted) {
            share.close();
            Thread.currentThread().interrupt();
            throw new EmbeddedPostgresException(
                    "Interrupted while PostgreSQL started.", "Nothing to do: the controller is stopping.", interrupted);
        } catch (RuntimeException failure) {
            share.close();
            throw failure;
        }
    }

    private static EmbeddedPostgres open(Path state, Optional<String> wantedUser, SharedServer share)
            throws InterruptedException {
        long begin = System.nanoTime();
        DataDirectory data = DataDirectory.under(state);
        ServiceUser user = ServiceUser.choose(wantedUser, data.path());
        user.requireEntry(state);
        PostgresBundle bundle = PostgresBundle.under(state);
        data.prepare(bundle, user);
        Server server = new Server(bundle, user, data.path(), state.resolve("pg.log"));
        Optional<Postmaster> running = server.awaitReady();
        Postmaster postmaster =
                running.isPresent() ? running.get() : startFirst(server, new PortChoice(state.resolve("pg-port")));
        EmbeddedPostgres postgres = new EmbeddedPostgres(share, data, server, postmaster);
        log.info(
                "Database: embedded PostgreSQL at {}, data in {}, {} as user {}, process {}, {} ms.",
                postgres.jdbcUrl(),
                data.path(),
                running.isPresent() ? "found running" : "started",
                user.name(),
                postmaster.process().pid(),
                (System.nanoTime() - begin) / 1_000_000);
        return postgres;
    }

    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + postmaster.port() + "/" + DataDirectory.DATABASE;
    }

    String user() {
        return DataDirectory.USER;
    }

    String password() {
        return data.password();
    }

    /** The present server process. */
    ProcessHandle process() {
        return postmaster.process();
    }

    @Override
    public void close() {
        closing = true;
        watch.interrupt();
        // An attempt to start it that is under way ends before the server is stopped.
        turn.lock();
        try (SharedServer.Turn ours = share.turn(TURN)) {
            if (share.leave()) {
                server.stop();
                log.info("Database: PostgreSQL has stopped.");
            } else {
                log.info("Database: PostgreSQL stays for the other controllers of this state directory.");
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            log.warn("Database: PostgreSQL is left running.");
        } finally {
            turn.unlock();
            share.close();
        }
    }

    private static Postmaster startFirst(Server server, PortChoice ports) throws InterruptedException {
        server.bundle().requireRuns(server.user());
        String reason = "";
        for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
            try {
                return server.start(ports.choose());
            } catch (Server.DidNotStart failure) {
                // Two reasons pass by themselves: somebody took the port, or a dead server's last session is still
                // leaving.
                reason = String.valueOf(failure.getMessage());
                Thread.sleep(RETRY.dividedBy(4));
            }
        }
        throw new EmbeddedPostgresException(
                "PostgreSQL does not start: " + reason, "The whole log is in " + server.logFile() + ".");
    }

    private void watch() {
        try {
            while (!closing) {
                Thread.sleep(postmaster.isAlive() ? WATCH : startAgain());
            }
        } catch (InterruptedException stopping) {
            log.debug("The watch over PostgreSQL ends.");
        }
    }

    /** On the same port, because that is the one that the connection pool knows. Returns how long to wait before looking again. */
    private Duration startAgain() throws InterruptedException {
        turn.lockInterruptibly();
        try (SharedServer.Turn ours = share.turn(TURN)) {
            if (closing) {
                return WATCH;
            }
            Optional<Postmaster> back = server.awaitReady();
            if (back.isPresent()) {
                postmaster = back.get();
                return WATCH;
            }
            log.warn(
                    "PostgreSQL, process {}, has died: starting it again.",
                    postmaster.process().pid());
            postmaster = server.start(postmaster.port());
            log.info(
                    "Database: PostgreSQL is back at {}, process {}.",
                    jdbcUrl(),
                    postmaster.process().pid());
            return WATCH;
        } catch (Server.DidNotStart | EmbeddedPostgresException failure) {
            log.warn("PostgreSQL does not start, next attempt in {} ms: {}", RETRY.toMillis(), failure.getMessage());
            return RETRY;
        } finally {
            turn.unlock();
        }
    }

    private static Path makeState(Path directory) {
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory);
                // The service user must be able to pass through; nobody else can list it.
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            }
            return directory.toRealPath();
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot make the state directory " + directory + ": " + failure,
                    "Make it yourself or give another one (yado.state).",
                    failure);
        }
    }
}
