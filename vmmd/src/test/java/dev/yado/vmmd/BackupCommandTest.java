package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.BackupHead;
import dev.yado.storage.repository.BackupPoint;
import dev.yado.storage.repository.BackupWriter;
import dev.yado.storage.repository.DiskWriter;
import dev.yado.storage.repository.Keys;
import dev.yado.storage.repository.Repository;
import dev.yado.storage.repository.store.DirectoryStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.node.JsonNodeFactory;

class BackupCommandTest {
    private static final BackupId BACKUP = BackupId.random();
    private static final DiskId DISK = DiskId.random();

    @TempDir
    private Path directory = Path.of("");

    private final byte[] content = new byte[3 << 20];

    @BeforeEach
    void backUp() {
        new Random(1).nextBytes(content);
        try (Repository repository =
                        Repository.create(new DirectoryStore(directory.resolve("r")), Keys.none(), Duration.ZERO);
                BackupWriter writer = repository.begin(new BackupHead(BACKUP, VmId.random(), null))) {
            try (DiskWriter to = writer.disk(DISK, content.length, Optional.empty())) {
                to.write(0, ByteBuffer.wrap(content));
            }
            writer.finish(new BackupPoint(
                    Instant.EPOCH,
                    "STOPPED",
                    JsonNodeFactory.instance.objectNode().put("name", "web-1")));
        }
    }

    private int run(String... words) {
        String[] all = Stream.concat(
                        Stream.of(words),
                        Stream.of("--repository", directory.resolve("r").toString()))
                .toArray(String[]::new);
        return new CommandLine(new BackupCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(all);
    }

    @Test
    void extractsWithoutAController() throws IOException {
        Path to = directory.resolve("out");

        assertThat(run("list")).isZero();
        assertThat(run("verify")).isZero();
        assertThat(run("collect")).isZero();
        assertThat(run("extract", "--backup", BACKUP.toString(), "--to", to.toString()))
                .isZero();

        assertThat(to.resolve(DISK + ".raw")).hasBinaryContent(content);
        assertThat(to.resolve("vm.json")).content().contains("web-1");
    }

    @Test
    void failsWhenThereIsNoSuchBackupOrItIsDamaged() throws IOException {
        Path to = directory.resolve("out");
        assertThat(run("extract", "--backup", BackupId.random().toString(), "--to", to.toString()))
                .isEqualTo(1);
        assertThat(run("extract", "--backup", "one", "--to", to.toString())).isEqualTo(2);

        for (Path pack : packs()) {
            byte[] bytes = Files.readAllBytes(pack);
            bytes[bytes.length / 3] ^= 1;
            Files.write(pack, bytes);
        }
        assertThat(run("verify")).isEqualTo(1);
        assertThat(run("extract", "--backup", BACKUP.toString(), "--to", to.toString()))
                .isEqualTo(1);
        assertThat(to).isEmptyDirectory();
    }

    @Test
    void aRepositoryWithALockKeepsWhatItHas() {
        Path vault = directory.resolve("vault");
        String[] init = {"init", "--repository", vault.toString(), "--retention", "2"};
        assertThat(new CommandLine(new BackupCommand()).execute(init)).isZero();
        assertThat(new CommandLine(new BackupCommand()).execute(init))
                .as("where something is")
                .isEqualTo(1);

        BackupId kept = BackupId.random();
        try (Repository repository = Repository.open(new DirectoryStore(vault), Keys.none())) {
            try (BackupWriter writer = repository.begin(new BackupHead(kept, VmId.random(), null))) {
                try (DiskWriter to = writer.disk(DISK, content.length, Optional.empty())) {
                    to.write(0, ByteBuffer.wrap(content));
                }
                writer.finish(new BackupPoint(Instant.now(), "STOPPED", JsonNodeFactory.instance.objectNode()));
            }
            assertThatThrownBy(() -> repository.forget(kept))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_RETAINED));
            assertThat(repository.list()).containsExactly(kept);
        }
    }

    @Test
    void refusesAKeyFileThatOthersCanRead() throws IOException {
        Path keys = Files.writeString(
                directory.resolve("keys"), "* " + HexFormat.of().formatHex(new byte[32]));
        Files.setPosixFilePermissions(keys, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(run("list", "--keys", keys.toString())).isEqualTo(1);
    }

    private List<Path> packs() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("r").resolve("packs"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
