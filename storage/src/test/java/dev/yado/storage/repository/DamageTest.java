package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.storage.repository.chunk.Locator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DamageTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    private static final Set<ErrorCode> SAID_OF_DAMAGE = EnumSet.of(
            ErrorCode.BACKUP_DAMAGED,
            ErrorCode.BACKUP_FAILED,
            ErrorCode.NOT_FOUND,
            ErrorCode.BACKUP_KEY_REFUSED,
            ErrorCode.REPOSITORY_INVALID,
            ErrorCode.REPOSITORY_UNAVAILABLE);

    private final TestingStore store = new TestingStore();
    private final Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
    private final TestingDisk disk = new TestingDisk(40 * BLOCK, 1);

    /** Flips a bit of the chunk that has that block. */
    private Locator damage(BackupId backup, int block) {
        try (BackupReader reader = repository.read(backup)) {
            var leaf = Objects.requireNonNull(reader.disk(disk.id).leaf((long) block * BLOCK));
            Locator chunk = Objects.requireNonNull(leaf.chunk(block));
            byte[] pack = Objects.requireNonNull(
                            store.contents().get(chunk.pack().object()))
                    .clone();
            pack[chunk.offset() + chunk.stored() / 2] ^= 4;
            store.tamper(chunk.pack().object(), pack);
            return chunk;
        }
    }

    @Test
    void isNamedWithItsChunkItsPackAndTheBackupsConcerned() {
        disk.fillNoise(new Random(2), 8 * BLOCK, 4 * BLOCK);
        Manifest first = disk.full(repository);
        Manifest second = disk.full(repository);
        disk.fillNoise(new Random(3), 8 * BLOCK, 4 * BLOCK);
        Manifest third = disk.full(repository);
        Locator chunk = damage(first.id(), 9);

        VerifyReport report = repository.verify();

        assertThat(report.damages()).hasSize(1);
        VerifyReport.Damage damage = report.damages().getFirst();
        assertThat(damage.what()).contains(chunk.id().toString(), chunk.pack().toString());
        assertThat(damage.backups()).containsExactlyInAnyOrder(first.id(), second.id());
        assertThat(disk.restored(repository, third.id())).isEqualTo(disk.content);
        assertThatThrownBy(() -> disk.restored(repository, first.id()))
                .isInstanceOfSatisfying(YadoException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_DAMAGED);
                    assertThat(e)
                            .hasMessageContaining(first.id().toString())
                            .hasMessageContaining(chunk.id().toString());
                });
    }

    @Test
    void isMendedByTheNextBackupForEarlierOnesToo() {
        disk.fillNoise(new Random(2), 8 * BLOCK, 4 * BLOCK);
        Manifest first = disk.full(repository);
        damage(first.id(), 9);
        repository.verify();

        Manifest second;
        try (BackupReader before = repository.read(first.id());
                BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null))) {
            try (DiskWriter to = writer.disk(disk.id, disk.content.length, Optional.of(before.disk(disk.id)))) {
                assertThat(to.damaged()).containsExactly(new Extent(8L * BLOCK, 4L * BLOCK, true));
                to.unchanged(0, 8L * BLOCK);
                to.write(8L * BLOCK, ByteBuffer.wrap(disk.content, 8 * BLOCK, 4 * BLOCK));
                to.unchanged(12L * BLOCK, 28L * BLOCK);
            }
            second = writer.finish(TestingDisk.point());
        }

        assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
        assertThat(disk.restored(repository, first.id())).isEqualTo(disk.content);
        assertThat(repository.verify().damages()).isEmpty();
        repository.forget(second.id());
        for (int round = 0; round < 3; round++) {
            store.pass(Duration.ofMinutes(30));
            repository.collect();
        }
        assertThat(disk.restored(repository, first.id())).isEqualTo(disk.content);
    }

    @Test
    void ofAPackThatIsGoneIsMendedToo() {
        Manifest first = disk.full(repository);
        try (BackupReader reader = repository.read(first.id())) {
            Locator chunk = Objects.requireNonNull(reader.disk(disk.id).leaf(0))
                    .chunks()
                    .getFirst();
            store.delete(chunk.pack().object());
        }
        assertThat(repository.verify().damages()).isNotEmpty();

        Manifest second = disk.compared(repository, first.id());

        assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
        assertThat(disk.restored(repository, first.id())).isEqualTo(disk.content);
    }

    @Test
    void isNeverGivenBackAsContentWhateverIsFlippedOrCutOff() {
        long seed = System.nanoTime();
        System.out.println("seed of the damage: " + seed);
        Random random = new Random(seed);
        Sample plain = new Sample(Keys.none());
        Sample encrypted = new Sample(Keys.of(new byte[32]));
        for (int copy = 0; copy < 1000; copy++) {
            (copy % 2 == 0 ? plain : encrypted).tryOne(random);
        }
        assertThat(plain.harmed + encrypted.harmed).as("harm was done at all").isGreaterThan(100);
        assertThat(plain.unharmed + encrypted.unharmed)
                .as("others were not concerned")
                .isGreaterThan(100);
    }

    /** A small repository, and how often its backups could be restored from damaged copies. */
    private static final class Sample {
        private final TestingStore store = new TestingStore();
        private final Keys keys;
        private final TestingDisk disk = new TestingDisk(6 * BLOCK + 100, 11);
        private final TestingDisk other = new TestingDisk(3 * BLOCK, 12);
        private final Map<BackupId, byte[]> expected = new HashMap<>();
        private final BackupId last;
        private int harmed;
        private int unharmed;

        Sample(Keys keys) {
            this.keys = keys;
            Repository repository = Repository.create(store, keys, Duration.ZERO);
            disk.fillNoise(new Random(1), 0, BLOCK);
            BackupId first = disk.full(repository).id();
            expected.put(first, disk.content.clone());
            disk.fillNoise(new Random(2), 2 * BLOCK, 2 * BLOCK);
            last = disk.compared(repository, first).id();
            expected.put(last, disk.content.clone());
            other.fillNoise(new Random(3), 0, 2 * BLOCK);
            expected.put(other.full(repository).id(), other.content.clone());
        }

        void tryOne(Random random) {
            TestingStore copy = store.copy();
            List<String> names = new ArrayList<>(copy.contents().keySet());
            for (int each = 0; each <= random.nextInt(3); each++) {
                String name = names.get(random.nextInt(names.size()));
                copy.tamper(
                        name,
                        harmed(random, Objects.requireNonNull(copy.contents().get(name))));
            }
            try (Repository repository = Repository.open(copy, keys)) {
                boolean sound =
                        coded(repository::verify).map(VerifyReport::sound).orElse(false);
                expected.forEach((id, content) -> {
                    Optional<byte[]> restored = coded(() -> restored(repository, id, content.length));
                    restored.ifPresent(
                            bytes -> assertThat(Arrays.equals(bytes, content)).isTrue());
                    assertThat(restored.isPresent() || !sound)
                            .as("verify has seen it")
                            .isTrue();
                    if (restored.isPresent()) {
                        unharmed++;
                    } else {
                        harmed++;
                    }
                });
                coded(repository::collect);
                // The next night: whatever was damaged, it is whole again if it succeeds.
                coded(() -> disk.compared(repository, last))
                        .ifPresent(next -> assertThat(Arrays.equals(disk.restored(repository, next.id()), disk.content))
                                .isTrue());
            } catch (YadoException e) {
                assertThat(e.code()).isIn(SAID_OF_DAMAGE);
                harmed++;
            }
        }

        private byte[] restored(Repository repository, BackupId id, int length) {
            return length == disk.content.length ? disk.restored(repository, id) : other.restored(repository, id);
        }

        private static <T> Optional<T> coded(java.util.function.Supplier<T> what) {
            try {
                return Optional.of(what.get());
            } catch (YadoException e) {
                assertThat(e.code()).isIn(SAID_OF_DAMAGE);
                return Optional.empty();
            }
        }

        private static byte[] harmed(Random random, byte[] content) {
            byte[] bytes = content.clone();
            if (bytes.length > 0 && random.nextInt(4) > 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                return bytes;
            }
            return Arrays.copyOf(bytes, bytes.length == 0 ? 0 : random.nextInt(bytes.length));
        }
    }
}
