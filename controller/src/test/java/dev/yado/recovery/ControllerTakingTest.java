package dev.yado.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.PostgresForTests;
import dev.yado.api.Settings;
import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupReader;
import dev.yado.storage.repository.Keys;
import dev.yado.storage.repository.Manifest;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.RepositoryPlace;
import dev.yado.trust.CertificateAuthority;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.jdbc.core.JdbcTemplate;

/** What a backup of the controllers has, and who can read it. */
class ControllerTakingTest {
    private static final String CA_KEY = "the key to the key of the CA, in words that are found again";
    private static final String IMAGE = "a".repeat(64);

    @TempDir
    private Path directory;

    private final DataSource database = PostgresForTests.migratedDatabase();
    private final JdbcTemplate jdbc = new JdbcTemplate(database);
    private final CertificateAuthority ca = CertificateAuthority.make();

    private ControllerTaking taking() {
        Duration hour = Duration.ofHours(1);
        return new ControllerTaking(
                new RecoverySettings(place().text(), null, null, hour, hour, hour, 3),
                new Settings(directory.resolve("state"), null, null),
                ca,
                new StandardEnvironment());
    }

    private RepositoryPlace place() {
        return new RepositoryPlace(directory.resolve("repository").toString(), null);
    }

    @BeforeEach
    void aController() throws IOException {
        Files.createDirectories(directory.resolve("state/images"));
        Files.writeString(directory.resolve("state/ca-key"), CA_KEY + "\n");
        Files.write(directory.resolve("state/images").resolve(IMAGE), new byte[100_001]);
        jdbc.update(
                "INSERT INTO tenant (id, name) VALUES (?, 'acme-of-the-secret-name')",
                TenantId.random().value());
        jdbc.update("""
                INSERT INTO image (id, name, format, architecture, state, sha256, bytes, virtual_size)
                VALUES (gen_random_uuid(), 'linux', 'RAW', 'X86_64', 'READY', ?, 100001, 100001)
                """, IMAGE);
    }

    private Manifest take(Optional<ControllerBackup> last) throws Exception {
        try (Repository repository = taking().open(last);
                Connection session = database.getConnection()) {
            return taking().take(BackupId.random(), repository, session, last);
        }
    }

    private static Optional<ControllerBackup> row(Manifest made) {
        return Optional.of(new ControllerBackup(
                made.id(),
                ControllerBackup.State.AVAILABLE,
                null,
                Instant.now(),
                made.takenAt(),
                Instant.now(),
                made.key(),
                0L,
                0L));
    }

    private Keys keys() {
        return Keys.none()
                .with(
                        Manifest.CONTROLLER,
                        RecoveryKey.read(directory.resolve("state/recovery-key"))
                                .secret());
    }

    @Test
    void itHasAllRowsKeysAndImages() throws Exception {
        Manifest made = take(Optional.empty());

        try (Repository repository = Repository.open(place().store(), keys());
                BackupReader reader = repository.read(made.id())) {
            CloudRecord record =
                    ProtocolJson.mapper().treeToValue(reader.manifest().spec(), CloudRecord.class);
            assertThat(record.database().tables())
                    .filteredOn(table -> table.name().equals("tenant"))
                    .singleElement()
                    .satisfies(table -> assertThat(text(reader.disk(CloudRecord.DATABASE), table))
                            .contains("acme-of-the-secret-name"));
            assertThat(record.images()).containsExactly(IMAGE);
            assertThat(reader.disk(CloudRecord.image(IMAGE)).sizeBytes()).isEqualTo(100_001);
            ByteBuffer secrets = ByteBuffer.allocate(
                    Math.toIntExact(reader.disk(CloudRecord.SECRETS).sizeBytes()));
            reader.disk(CloudRecord.SECRETS).read(0, secrets);
            assertThat(new String(secrets.array(), StandardCharsets.UTF_8)).contains(CA_KEY);
        }
    }

    private static String text(BackupReader.Disk disk, Dump.Table table) {
        ByteBuffer rows = ByteBuffer.allocate(Math.toIntExact(table.length()));
        disk.read(table.offset(), rows);
        return new String(rows.array(), StandardCharsets.UTF_8);
    }

    @Test
    void whoHasTheRepositoryAloneReadsNothingOfIt() throws Exception {
        Manifest made = take(Optional.empty());

        try (Stream<Path> files = Files.walk(directory.resolve("repository"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("acme-of-the-secret-name")
                        .doesNotContain(CA_KEY)
                        .doesNotContain(Files.readString(directory.resolve("state/recovery-key"))
                                .strip());
            }
        }
        try (Repository repository = Repository.open(place().store(), Keys.none())) {
            assertThat(repository.manifest(made.id()).spec().isNull()).isTrue();
            assertThatThrownBy(() -> repository.read(made.id()))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_KEY_REFUSED));
        }
        byte[] another = new byte[32];
        try (Repository repository =
                Repository.open(place().store(), Keys.none().with(Manifest.CONTROLLER, another))) {
            assertThatThrownBy(() -> repository.read(made.id()))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_KEY_REFUSED));
        }
    }

    @Test
    void theNextOneReadsNoImageAgain() throws Exception {
        Manifest first = take(Optional.empty());
        jdbc.update(
                "INSERT INTO tenant (id, name) VALUES (?, 'another')",
                TenantId.random().value());

        Manifest second = take(row(first));

        assertThat(second.figures().readBytes())
                .isLessThanOrEqualTo(first.figures().readBytes() - 100_001);
        assertThat(second.figures().storedBytes()).isLessThan(first.figures().storedBytes());
        try (Repository repository = Repository.open(place().store(), keys())) {
            assertThat(repository.verify(List.of(first.id(), second.id())).sound())
                    .isTrue();
        }
    }

    @Test
    void aReplicaWithoutTheKeyMakesNoneOfItsOwn() throws Exception {
        Optional<ControllerBackup> last = row(take(Optional.empty()));
        Files.delete(directory.resolve("state/recovery-key"));

        assertThatThrownBy(() -> taking().open(last))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_KEY_REFUSED))
                .hasMessageContaining(String.valueOf(last.orElseThrow().keyName()));
        assertThat(directory.resolve("state/recovery-key")).doesNotExist();
    }

    @Test
    void aRepositoryThatIsGoneIsNotMadeAnew() throws Exception {
        Optional<ControllerBackup> last = row(take(Optional.empty()));
        Files.move(directory.resolve("repository"), directory.resolve("elsewhere"));

        assertThatThrownBy(() -> taking().open(last))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.REPOSITORY_UNAVAILABLE));
    }
}
