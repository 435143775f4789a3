package dev.yado.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database's files and the password of its only user. A directory under its final name is whole and has the database in it. */
record DataDirectory(Path path, Path passwordFile) {
    static final String USER = "yado";
    static final String DATABASE = "yado";

    static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final Logger log = LoggerFactory.getLogger(DataDirectory.class);
    private static final Duration INITDB = Duration.ofMinutes(3);
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    static DataDirectory under(Path state) {
        return new DataDirectory(state.resolve("pgdata"), state.resolve("pg-password"));
    }

    boolean exists() {
        return Files.exists(path);
    }

    /** Makes it when it is not there; checks what can be checked when it is. Caller holds the lock of the state directory. */
    void prepare(PostgresBundle bundle, ServiceUser user) {
        try {
            if (exists()) {
                requireUsable();
            } else {
                create(bundle, user);
            }
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot prepare the database in " + path + ": " + failure,
                    "Check the disk and the owner of " + path.getParent() + ".",
                    failure);
        }
    }

    String password() {
        try {
            return Files.readString(passwordFile).strip();
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot read " + passwordFile + ", the key to the database in " + path + ": " + failure,
                    "Restore that file (mode 0600) from a backup of the state directory.",
                    failure);
        }
    }

    private void requireUsable() throws IOException {
        Path file = path.resolve("PG_VERSION");
        String version = Files.exists(file) ? Files.readString(file).strip() : "none";
        if (!version.equals(PostgresBundle.MAJOR)) {
            throw new EmbeddedPostgresException(
                    path + " holds a database of PostgreSQL " + version + ", this is " + PostgresBundle.MAJOR + ".",
                    "Start the Yado release that made it, dump it there and load it here; or give another state directory.");
        }
        password();
    }

    private void create(PostgresBundle bundle, ServiceUser user) throws IOException {
        log.info("Making the database in {} as user {}.", path, user.name());
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Path key = path.resolveSibling("pg-password.new");
        if (Files.exists(fresh)) {
            PostgresBundle.removeTree(fresh);
        }
        String password = password(passwordFile);
        try {
            Files.deleteIfExists(key);
            Files.createFile(key, PRIVATE_FILE);
            Files.writeString(key, password);
            user.own(key);
            Files.createDirectory(fresh, PRIVATE_DIRECTORY);
            user.own(fresh);
            initialise(bundle, user, fresh, key);
        } finally {
            Files.deleteIfExists(key);
        }
        Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void initialise(PostgresBundle bundle, ServiceUser user, Path fresh, Path key) {
        new Command(user.command(List.of(
                        bundle.program("initdb"),
                        "--pgdata=" + fresh,
                        "--username=" + USER,
                        "--auth=scram-sha-256",
                        "--pwfile=" + key,
                        "--encoding=UTF8",
                        "--no-locale",
                        "--no-instructions")))
                .runOrFail(INITDB, "Read the message; nothing was kept, so starting again is safe.");
        String made = new Command(
                        user.command(
                                List.of(bundle.program("postgres"), "--single", "-D", fresh.toString(), "template1")),
                        "CREATE DATABASE " + DATABASE + "\n")
                .runOrFail(INITDB, "Read the message; nothing was kept, so starting again is safe.");
        if (made.contains("ERROR:")) {
            throw new EmbeddedPostgresException(
                    "Cannot make the database " + DATABASE + ": " + made, "Start again: nothing was kept.");
        }
    }

    /** Kept before the database knows it, so that no database exists whose password is lost. */
    private static String password(Path file) throws IOException {
        try {
            Files.createFile(file, PRIVATE_FILE);
        } catch (FileAlreadyExistsException earlierAttempt) {
            String kept = Files.readString(file).strip();
            if (!kept.isEmpty()) {
                return kept;
            }
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Files.write(file, password.getBytes(StandardCharsets.UTF_8));
        return password;
    }
}
