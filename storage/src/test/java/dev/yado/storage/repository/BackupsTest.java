package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.store.DirectoryStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupsTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    private final TestingStore store = new TestingStore();
    private final Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
    private final TestingDisk disk = new TestingDisk(70 * BLOCK + 512, 1);

    @Test
    void givesBackEveryByte() {
        Manifest backup = disk.full(repository);

        assertThat(disk.restored(repository, backup.id())).isEqualTo(disk.content);
        assertThat(repository.manifest(backup.id())).isEqualTo(backup);
        assertThat(repository.list()).containsExactly(backup.id());
        assertThat(repository.verify().sound()).isTrue();
    }

    @Test
    void keepsItInADirectory(@TempDir Path directory) {
        Path root = directory.resolve("backups");
        Manifest backup;
        try (Repository first = Repository.create(new DirectoryStore(root), Keys.none(), Duration.ZERO)) {
            backup = disk.full(first);
        }

        try (Repository again = Repository.open(new DirectoryStore(root), Keys.none())) {
            assertThat(again.list()).containsExactly(backup.id());
            assertThat(disk.restored(again, backup.id())).isEqualTo(disk.content);
            VerifyReport report = again.verify();
            assertThat(report.damages()).isEmpty();
            assertThat(report.bytes()).isPositive();
        }
    }

    @Test
    void storesTheSameContentOnce() {
        Manifest first = disk.full(repository);
        Manifest second = disk.full(repository);

        assertThat(first.figures().newChunks()).isPositive();
        assertThat(second.figures().newChunks()).isZero();
        assertThat(second.figures().storedBytes()).isZero();
    }

    @Test
    void storesOfAChunkOnlyTheBlockThatHasChanged() {
        Manifest first = disk.full(repository);
        disk.fillNoise(new Random(2), 41 * BLOCK + 100, 10);

        Manifest second;
        try (BackupReader before = repository.read(first.id());
                BackupWriter writer =
                        repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, TestingDisk.TENANT))) {
            try (DiskWriter to = writer.disk(disk.id, disk.content.length, Optional.of(before.disk(disk.id)))) {
                to.unchanged(0, 41 * BLOCK);
                to.write(41 * BLOCK, ByteBuffer.wrap(disk.content, 41 * BLOCK, BLOCK));
                to.unchanged(42 * BLOCK, disk.content.length - 42L * BLOCK);
            }
            second = writer.finish(TestingDisk.point());
        }

        assertThat(second.figures().newChunks()).isEqualTo(1);
        assertThat(second.figures().readBytes()).isEqualTo(BLOCK);
        assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
    }

    @Test
    void findsByComparingWhatHasChangedAndStoresNoMore() {
        Manifest first = disk.full(repository);
        disk.fillNoise(new Random(3), 9 * BLOCK, BLOCK);
        disk.fillNoise(new Random(4), 33 * BLOCK, 1);

        Manifest second = disk.compared(repository, first.id());

        assertThat(second.figures().newChunks()).isEqualTo(2);
        assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
    }

    @Test
    void takesPartsThatEndAnywhere() {
        Manifest first = disk.full(repository);
        Random random = new Random(5);
        byte[] next = disk.content.clone();
        Manifest second;
        try (BackupReader before = repository.read(first.id());
                BackupWriter writer =
                        repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, TestingDisk.TENANT))) {
            try (DiskWriter to = writer.disk(disk.id, next.length, Optional.of(before.disk(disk.id)))) {
                int at = 0;
                while (at < next.length) {
                    int length = Math.min(next.length - at, 1 + random.nextInt(5 * BLOCK));
                    switch (random.nextInt(4)) {
                        case 0 -> {
                            java.util.Arrays.fill(next, at, at + length, (byte) 0);
                            to.zero(at, length);
                        }
                        case 1 -> {
                            java.util.Arrays.fill(next, at, at + length, (byte) random.nextInt());
                            to.write(at, ByteBuffer.wrap(next, at, length));
                        }
                        case 2 -> to.compare(at, ByteBuffer.wrap(next, at, length));
                        default -> to.unchanged(at, length);
                    }
                    at += length;
                }
            }
            second = writer.finish(TestingDisk.point());
        }

        assertThat(disk.restored(repository, second.id())).isEqualTo(next);
        assertThat(disk.restored(repository, first.id())).isEqualTo(disk.content);
    }

    @Test
    void followsADiskThatGrowsAndShrinks() {
        TestingDisk large = new TestingDisk(1100 * BLOCK, 6);
        Manifest first = large.full(repository);
        byte[] content = large.content;
        for (int blocks : List.of(1300, 700, 512, 513)) {
            Manifest next;
            try (BackupReader before = repository.read(first.id());
                    BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null))) {
                try (DiskWriter to = writer.disk(large.id, (long) blocks * BLOCK, Optional.of(before.disk(large.id)))) {
                    to.unchanged(0, (long) blocks * BLOCK);
                }
                next = writer.finish(TestingDisk.point());
            }
            assertThat(large.restored(repository, next.id()))
                    .isEqualTo(java.util.Arrays.copyOf(content, blocks * BLOCK));
        }
    }

    @Test
    void tellsWhereThereAreOnlyZeroes() {
        TestingDisk sparse = new TestingDisk(600 * BLOCK, 7);
        java.util.Arrays.fill(sparse.content, 10 * BLOCK, 560 * BLOCK, (byte) 0);
        sparse.fillNoise(new Random(8), 0, 10 * BLOCK);
        sparse.fillNoise(new Random(9), 560 * BLOCK, 40 * BLOCK);
        Manifest backup = sparse.full(repository);

        try (BackupReader reader = repository.read(backup.id())) {
            assertThat(reader.disk(sparse.id).extents())
                    .containsExactly(
                            new Extent(0, 10L * BLOCK, true),
                            new Extent(10L * BLOCK, 550L * BLOCK, false),
                            new Extent(560L * BLOCK, 40L * BLOCK, true));
        }
    }

    @Test
    void doesNotExistBeforeItIsFinished() {
        try (BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null))) {
            try (DiskWriter to = writer.disk(disk.id, disk.content.length, Optional.empty())) {
                to.write(0, ByteBuffer.wrap(disk.content));
            }
            assertThat(repository.list()).isEmpty();
        }
        assertThat(repository.list()).isEmpty();
    }

    @Test
    void refusesAnIdThatIsTaken() {
        Manifest first = disk.full(repository);

        assertThatThrownBy(() -> repository.begin(new BackupHead(first.id(), TestingDisk.VM, null)))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT));
    }
}
