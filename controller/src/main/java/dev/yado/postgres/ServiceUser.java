package dev.yado.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The system user as whom PostgreSQL runs: the caller itself, or, since PostgreSQL refuses root, a service user. */
record ServiceUser(String name, int uid, int gid, boolean switched) {
    private static final Logger log = LoggerFactory.getLogger(ServiceUser.class);
    private static final List<String> CANDIDATES = List.of("yado", "postgres", "nobody");
    private static final Duration LOOKUP = Duration.ofSeconds(10);

    /**
     * Data that exist keep their owner. Else, for root, the wanted user, or the first of yado, postgres, nobody that exists.
     */
    static ServiceUser choose(Optional<String> wanted, Path data) {
        ServiceUser self = self();
        if (self.uid != 0) {
            if (Files.exists(data) && owner(data) != self.uid) {
                throw new EmbeddedPostgresException(
                        "The database in " + data + " belongs to user " + owner(data) + ", but this is user "
                                + self.name + ".",
                        "Start as the user who owns it, or give another state directory (yado.state).");
            }
            return self;
        }
        if (wanted.isPresent()) {
            ServiceUser user = find(wanted.get())
                    .filter(found -> found.uid != 0)
                    .orElseThrow(() -> new EmbeddedPostgresException(
                            "yado.postgres.user names " + wanted.get() + ", which is not an unprivileged user here.",
                            "Make it (useradd --system --no-create-home " + wanted.get() + ") or name another one."));
            if (Files.exists(data) && owner(data) != user.uid) {
                throw new EmbeddedPostgresException(
                        "yado.postgres.user names " + user.name + ", but user " + owner(data) + " owns the database in "
                                + data + ".",
                        "Give it to that user while the database is stopped: chown -R " + user.name + ": " + data);
            }
            return user;
        }
        if (Files.exists(data)) {
            return find(Integer.toString(owner(data)))
                    .filter(found -> found.uid != 0)
                    .orElseThrow(() -> new EmbeddedPostgresException(
                            "User " + owner(data) + ", who owns the database in " + data + ", cannot run it.",
                            "Give it to a service user: chown -R postgres: " + data));
        }
        return firstCandidate();
    }

    private static ServiceUser firstCandidate() {
        for (String candidate : CANDIDATES) {
            Optional<ServiceUser> user = find(candidate);
            if (user.isPresent()) {
                if (!candidate.equals(CANDIDATES.getFirst())) {
                    log.info(
                            "There is no system user {}: PostgreSQL will run as {} (yado.postgres.user names another).",
                            CANDIDATES.getFirst(),
                            candidate);
                }
                return user.get();
            }
        }
        throw new EmbeddedPostgresException(
                "PostgreSQL does not run as root, and none of the users " + CANDIDATES + " exists.",
                "Make one: useradd --system --no-create-home yado");
    }

    /** The arguments, preceded by what makes them run as this user. */
    List<String> command(List<String> arguments) {
        if (!switched) {
            return arguments;
        }
        List<String> all = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + uid,
                "--regid=" + gid,
                "--clear-groups",
                "--inh-caps=-all",
                "--no-new-privs",
                "--"));
        all.addAll(arguments);
        return all;
    }

    void own(Path path) throws IOException {
        if (switched) {
            Files.setAttribute(path, "unix:uid", uid);
            Files.setAttribute(path, "unix:gid", gid);
        }
    }

    /** Asks the kernel, as this user, whether every directory down to this one can be entered. */
    void requireEntry(Path directory) {
        if (!switched) {
            return;
        }
        List<String> arguments = new ArrayList<>(
                List.of("sh", "-c", "for d in \"$@\"; do [ -x \"$d\" ] || { printf %s \"$d\"; exit 33; }; done", "sh"));
        List<String> path = new ArrayList<>();
        for (Path step = directory; step != null; step = step.getParent()) {
            path.addFirst(step.toString());
        }
        arguments.addAll(path);
        Command.Output output = new Command(command(arguments)).run(LOOKUP);
        if (output.exit() == 33) {
            throw new EmbeddedPostgresException(
                    "User " + name + ", who runs PostgreSQL, cannot enter the directory " + output.text() + ".",
                    "Allow it: chmod o+x " + output.text() + "   or give another state directory (yado.state).");
        }
        if (output.exit() != 0) {
            throw new EmbeddedPostgresException(
                    "Cannot become user " + name + ": " + output.text(),
                    "Start as an ordinary user, or set spring.datasource.url to a PostgreSQL of your own.");
        }
    }

    private static ServiceUser self() {
        Path self = Path.of("/proc/self");
        int gid = attribute(self, "unix:gid");
        return new ServiceUser(System.getProperty("user.name", "?"), owner(self), gid, false);
    }

    private static int owner(Path path) {
        return attribute(path, "unix:uid");
    }

    private static int attribute(Path path, String attribute) {
        try {
            return (Integer) Files.getAttribute(path, attribute);
        } catch (IOException failure) {
            throw new UncheckedIOException("Cannot read the owner of " + path, failure);
        }
    }

    /** By name or by number, from every source that the system knows users from. */
    private static Optional<ServiceUser> find(String key) {
        Command.Output output = new Command(List.of("getent", "passwd", key)).run(LOOKUP);
        String[] fields = output.text().split(":", -1);
        if (output.exit() != 0 || fields.length < 4) {
            return Optional.empty();
        }
        return Optional.of(new ServiceUser(fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3]), true));
    }
}
