package dev.yado.postgres;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/** PostgreSQL's programs, unpacked from the jar once per version. A directory under its final name is complete. */
record PostgresBundle(Path home) {
    static final String VERSION = "18.6";
    static final String MAJOR = "18";

    private static final Logger log = LoggerFactory.getLogger(PostgresBundle.class);
    private static final String RESOURCE = "/postgres-linux-x86_64.txz";
    private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");

    /** Only one caller at a time: the caller holds the lock of the state directory. */
    static PostgresBundle under(Path state) {
        Path versions = state.resolve("pg");
        Path home = versions.resolve(VERSION);
        if (Files.isDirectory(home)) {
            return new PostgresBundle(home);
        }
        try (InputStream packed = open()) {
            log.info("Unpacking PostgreSQL {} to {}.", VERSION, home);
            makeDirectory(versions);
            removeLeftovers(versions);
            Path fresh = versions.resolve(VERSION + ".new");
            unpack(packed, fresh);
            new Command(List.of("sync", "-f", fresh.toString()))
                    .runOrFail(Duration.ofMinutes(2), "Look at the disk that holds " + versions + ".");
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
            return new PostgresBundle(home);
        } catch (IOException failure) {
            throw new EmbeddedPostgresException(
                    "Cannot unpack PostgreSQL to " + home + ": " + failure,
                    "It needs 100 MB and the right to write there; else give another state directory (yado.state).",
                    failure);
        }
    }

    String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    /** Runs a program once, so that a wrong mount option or C library is named as such. */
    void requireRuns(ServiceUser user) {
        Command.Output output =
                new Command(user.command(List.of(program("postgres"), "--version"))).run(Duration.ofSeconds(20));
        if (output.exit() != 0) {
            throw new EmbeddedPostgresException(
                    program("postgres") + " does not run as user " + user.name() + ": " + output.text(),
                    "If its file system is mounted noexec, give another state directory (yado.state). If files are missing,"
                            + " remove " + home + ": it is unpacked again.");
        }
    }

    private static InputStream open() {
        @Nullable InputStream packed = PostgresBundle.class.getResourceAsStream(RESOURCE);
        if (packed == null) {
            throw new EmbeddedPostgresException(
                    "There is no embedded PostgreSQL for this machine (" + System.getProperty("os.arch") + ").",
                    "Set spring.datasource.url, .username and .password to a PostgreSQL 15 to 18 of your own.");
        }
        return packed;
    }

    private static void unpack(InputStream packed, Path target) throws IOException {
        makeDirectory(target);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed, 1 << 16)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("entry outside the archive: " + entry.getName());
                }
                makeDirectories(target, entry.isDirectory() ? path : path.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else if (!entry.isDirectory()) {
                    Files.copy(tar, path);
                    Files.setPosixFilePermissions(path, (entry.getMode() & 0111) == 0 ? FILE : PROGRAM);
                }
            }
        }
    }

    private static void makeDirectories(Path top, @Nullable Path directory) throws IOException {
        if (directory != null && !Files.isDirectory(directory)) {
            makeDirectories(top, directory.getParent());
            makeDirectory(directory);
        }
    }

    /** Whatever the umask, the service user must be able to enter it. */
    private static void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PROGRAM);
    }

    private static void removeLeftovers(Path versions) throws IOException {
        try (Stream<Path> entries = Files.list(versions)) {
            for (Path entry :
                    entries.filter(path -> path.toString().endsWith(".new")).toList()) {
                removeTree(entry);
            }
        }
    }

    static void removeTree(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
