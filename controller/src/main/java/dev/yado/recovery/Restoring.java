package dev.yado.recovery;

import dev.yado.api.SecretFile;
import dev.yado.postgres.StateDatabase;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Extraction;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/**
 * One restore into one state directory: the embedded database there, or the one that the environment names as it does for a controller.
 * Keys first, rows last and in one transaction: until then a second call begins anew.
 */
final class Restoring implements AutoCloseable {
    private static final int PIECE = 256 << 10;
    private static final Set<String> FILES = Set.of("ca-key", "admin-token", "metrics-token");

    private final BackupReader reader;
    private final Path state;
    private final RecoveryKey key;
    private final CloudRecord record;
    private @Nullable StateDatabase embedded;

    Restoring(BackupReader reader, Path state, RecoveryKey key) {
        this.reader = reader;
        this.state = state.toAbsolutePath().normalize();
        this.key = key;
        this.record = record(reader);
    }

    private static CloudRecord record(BackupReader reader) {
        if (!reader.manifest().ofController()) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "Backup " + reader.manifest().id() + " is of a VM, not of a controller: see yado backup extract.");
        }
        CloudRecord record = ProtocolJson.mapper().treeToValue(reader.manifest().spec(), CloudRecord.class);
        if (!record.kind().equals(CloudRecord.KIND)) {
            throw new YadoException(ErrorCode.REPOSITORY_INVALID, "This version knows no backup of a " + record.kind());
        }
        return record;
    }

    void run(PrintStream out) throws IOException, SQLException, InterruptedException {
        out.printf(
                "Backup %s, taken %s, of the cloud whose CA is %s%n",
                reader.manifest().id(), reader.manifest().takenAt(), record.ca());
        try (Connection database = connect()) {
            requireEmpty(database);
            migrate(database);
            secrets();
            images(out);
            database.setAutoCommit(false);
            DatabaseDump.load(database, record.database(), this::copy);
            Aftermath.of(database, reader.manifest().id(), reader.manifest().takenAt());
            Aftermath.isWhole(database, reader.manifest());
            database.commit();
        }
        out.printf(
                "%d rows in %d tables, %d images and the keys of the cloud are in %s%n",
                record.database().tables().stream().mapToLong(Dump.Table::rows).sum(),
                record.database().tables().size(),
                record.images().size(),
                state);
    }

    /** As a controller would be told. */
    private record Login(String url, String user, String password) {}

    private Login login() {
        String url = System.getenv("SPRING_DATASOURCE_URL");
        if (url != null) {
            return new Login(
                    url,
                    Objects.requireNonNullElse(System.getenv("SPRING_DATASOURCE_USERNAME"), ""),
                    Objects.requireNonNullElse(System.getenv("SPRING_DATASOURCE_PASSWORD"), ""));
        }
        StateDatabase own = embedded == null ? StateDatabase.open(state) : embedded;
        embedded = own;
        return new Login(own.jdbcUrl(), own.user(), own.password());
    }

    private Connection connect() throws SQLException {
        Login login = login();
        return DriverManager.getConnection(login.url(), login.user(), login.password());
    }

    private void requireEmpty(Connection database) throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet known = statement.executeQuery("SELECT to_regclass('certificate_authority') IS NOT NULL")) {
            known.next();
            if (!known.getBoolean(1)) {
                return;
            }
        }
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery("SELECT EXISTS (SELECT FROM certificate_authority)")) {
            found.next();
            if (found.getBoolean(1)) {
                throw new YadoException(
                        ErrorCode.CONFLICT,
                        "The database of " + state + " is one of a cloud already: restore into another state"
                                + " directory, or move this one away.");
            }
        }
    }

    private void migrate(Connection database) throws SQLException {
        Login login = login();
        String wanted = record.database().schema();
        Flyway.configure()
                .dataSource(login.url(), login.user(), login.password())
                .locations("classpath:db/migration")
                .target(wanted)
                .load()
                .migrate();
        String made = DatabaseDump.schema(database);
        if (!made.equals(wanted)) {
            throw new YadoException(
                    ErrorCode.REPOSITORY_INVALID,
                    "The backup has schema " + wanted + ", and this version of Yado knows " + made
                            + " as its newest: restore with the version that took it, or a newer one.");
        }
    }

    private void secrets() throws IOException {
        BackupReader.Disk disk = reader.disk(CloudRecord.SECRETS);
        ByteBuffer text = ByteBuffer.allocate(Math.toIntExact(disk.sizeBytes()));
        disk.read(0, text);
        Map<String, String> files = ProtocolJson.mapper()
                .readValue(text.array(), CloudRecord.Secrets.class)
                .files();
        for (Map.Entry<String, String> file : files.entrySet()) {
            if (FILES.contains(file.getKey())) {
                new SecretFile(state.resolve(file.getKey())).write(file.getValue());
            }
        }
        new SecretFile(state.resolve("recovery-key")).write(key.text());
    }

    private void images(PrintStream out) throws IOException, InterruptedException {
        Path directory = state.resolve("images");
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        for (String image : record.images()) {
            Path file = directory.resolve(image);
            if (!Files.exists(file)) {
                long bytes = Extraction.raw(reader.disk(CloudRecord.image(image)), file);
                out.printf("image %s, %d MiB%n", image, bytes >> 20);
            }
        }
    }

    private void copy(OutputStream to, long offset, long length) throws IOException {
        BackupReader.Disk disk = reader.disk(CloudRecord.DATABASE);
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        for (long at = offset; at < offset + length; ) {
            piece.clear().limit((int) Math.min(PIECE, offset + length - at));
            at += disk.read(at, piece);
            to.write(piece.array(), 0, piece.position());
        }
    }

    @Override
    public void close() {
        Optional.ofNullable(embedded).ifPresent(StateDatabase::close);
    }
}
