package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.YadoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncryptionTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    private final TestingStore store = new TestingStore();
    private final TestingDisk disk = new TestingDisk(20 * BLOCK, 1);
    private final byte[] secret = new byte[32];

    @Test
    void showsNothingOfTheGuestAndOpensWithTheKeyOnly() {
        secret[3] = 9;
        Repository repository = Repository.create(store, Keys.of(Map.of(TestingDisk.TENANT, secret)), Duration.ZERO);
        byte[] phrase = "the guest's own words, again and again".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(phrase, 0, disk.content, 3 * BLOCK, phrase.length);
        Manifest backup = disk.full(repository);

        assertThat(disk.restored(repository, backup.id())).isEqualTo(disk.content);
        assertThat(backup.spec().get("name").asString()).isEqualTo("web-1");
        for (byte[] object : store.contents().values()) {
            String text = new String(object, StandardCharsets.ISO_8859_1);
            assertThat(text).doesNotContain("own words").doesNotContain("web-1").doesNotContain("yadoyado");
        }
        refused(() -> disk.restored(Repository.open(store, Keys.none()), backup.id()));
        refused(() -> disk.restored(Repository.open(store, Keys.of(new byte[32])), backup.id()));
        refused(() -> Repository.open(store, Keys.none())
                .begin(new BackupHead(BackupId.random(), TestingDisk.VM, TestingDisk.TENANT)));
    }

    @Test
    void sharesNothingBetweenTenants() {
        Repository repository = Repository.create(store, Keys.of(secret), Duration.ZERO);
        Manifest first = disk.full(repository);

        try (BackupWriter writer =
                repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, TenantId.random()))) {
            try (DiskWriter to = writer.disk(disk.id, disk.content.length, Optional.empty())) {
                to.write(0, ByteBuffer.wrap(disk.content));
            }
            Manifest second = writer.finish(TestingDisk.point());

            assertThat(second.figures().newChunks()).isEqualTo(first.figures().newChunks());
            assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
        }
        assertThat(disk.full(repository).figures().newChunks()).isZero();
    }

    @Test
    void collectsWithoutKeys() {
        Repository repository = Repository.create(store, Keys.of(secret), Duration.ZERO);
        Manifest kept = disk.full(repository);
        Manifest gone = new TestingDisk(20 * BLOCK, 2).full(repository);
        Repository keyless = Repository.open(store, Keys.none());

        keyless.forget(gone.id());
        keyless.collect();
        store.pass(Duration.ofHours(1));

        assertThat(keyless.collect().deletedPacks()).isEqualTo(2);
        assertThat(disk.restored(repository, kept.id())).isEqualTo(disk.content);
    }

    @Test
    void takesKeysFromAFileThatOthersCannotRead(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("keys");
        Files.writeString(
                file,
                "# of the cloud\n\n* " + HexFormat.of().formatHex(new byte[32]) + "\n" + TestingDisk.TENANT + " "
                        + "ab".repeat(32) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        refused(() -> Keys.read(file));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        Keys keys = Keys.read(file);

        assertThat(keys.of(TestingDisk.TENANT).orElseThrow().name())
                .isNotEqualTo(keys.of(TenantId.random()).orElseThrow().name());
        Files.writeString(file, "* 0102\n");
        refused(() -> Keys.read(file));
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_KEY_REFUSED));
    }
}
