package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtractionTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    private final TestingStore store = new TestingStore();
    private final Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
    private final TestingDisk disk = new TestingDisk(200 * BLOCK + 512, 1);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void writesTheDiskWithHolesWhereThereAreZeroes() throws Exception {
        Arrays.fill(disk.content, 90 * BLOCK, disk.content.length, (byte) 0);
        Manifest backup = disk.full(repository);
        Path file = directory.resolve("disk.raw");

        try (BackupReader reader = repository.read(backup.id())) {
            Extraction.raw(reader.disk(disk.id), file);

            assertThat(Files.readAllBytes(file)).isEqualTo(disk.content);
            assertThatThrownBy(() -> Extraction.raw(reader.disk(disk.id), file))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
        }
    }

    @Test
    void leavesNoFileOfABackupThatIsDamaged() {
        Manifest backup = disk.full(repository);
        for (String name : List.copyOf(store.contents().keySet())) {
            if (name.startsWith("packs/")) {
                byte[] content =
                        store.contents().getOrDefault(name, new byte[0]).clone();
                Arrays.fill(content, content.length / 4, content.length / 2, (byte) 7);
                store.tamper(name, content);
            }
        }
        Path file = directory.resolve("disk.raw");

        assertThatThrownBy(() -> {
                    try (BackupReader reader = repository.read(backup.id())) {
                        Extraction.raw(reader.disk(disk.id), file);
                    }
                })
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_DAMAGED));
        assertThat(directory).isEmptyDirectory();
    }
}
