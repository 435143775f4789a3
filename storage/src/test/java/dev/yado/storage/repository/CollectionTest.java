package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CollectionTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    private final TestingStore store = new TestingStore();
    private final Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
    private final TestingDisk disk = new TestingDisk(40 * BLOCK, 1);

    @Test
    void deletesWhatNoBackupNeedsAndNothingElse() {
        Manifest first = disk.full(repository);
        byte[] before = disk.content.clone();
        disk.fillNoise(new Random(2), 0, 40 * BLOCK);
        Manifest second = disk.full(repository);
        repository.forget(second.id());

        assertThat(repository.collect().condemnedPacks()).isEqualTo(2);
        store.pass(Duration.ofMinutes(6));
        CollectReport report = repository.collect();

        assertThat(report.deletedPacks()).isEqualTo(2);
        assertThat(report.deletedBytes()).isGreaterThan(40L * BLOCK);
        assertThat(disk.restored(repository, first.id())).isEqualTo(before);
        assertThat(repository.verify().damages()).isEmpty();
    }

    @Test
    void movesWhatIsLeftOfPacksThatAreMostlyGarbage() {
        disk.fillNoise(new Random(2), 0, 40 * BLOCK);
        Manifest first = disk.full(repository);
        disk.fillNoise(new Random(3), 0, 36 * BLOCK);
        Manifest second = disk.compared(repository, first.id());
        repository.forget(first.id());
        long before = packBytes();

        assertThat(repository.collect().condemnedPacks()).isPositive();
        store.pass(Duration.ofMinutes(30));
        assertThat(repository.collect().deletedPacks()).isPositive();

        assertThat(packBytes()).isLessThan(before * 6 / 10);
        assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
        assertThat(repository.verify().damages()).isEmpty();
        assertThat(store.contents().keySet()).noneMatch(name -> name.startsWith(Marks.DAMAGED));
        store.pass(Duration.ofMinutes(30));
        CollectReport again = repository.collect();
        assertThat(again.condemnedPacks() + again.deletedPacks()).isZero();

        Manifest third = disk.compared(repository, second.id());
        assertThat(third.figures().newChunks()).isZero();
        assertThat(disk.restored(Repository.open(store, Keys.none()), third.id()))
                .isEqualTo(disk.content);
    }

    private long packBytes() {
        return store.contents().entrySet().stream()
                .filter(each -> each.getKey().startsWith("packs/"))
                .mapToLong(each -> each.getValue().length)
                .sum();
    }

    @Test
    void keepsWhatAWriterMayCountOnThatBeganBefore() {
        Manifest first = disk.full(repository);
        try (BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null))) {
            repository.forget(first.id());
            repository.collect();
            store.pass(Duration.ofMinutes(10));
            assertThat(repository.collect().deletedPacks()).isZero();

            try (DiskWriter to = writer.disk(disk.id, disk.content.length, Optional.empty())) {
                to.write(0, ByteBuffer.wrap(disk.content));
            }
            Manifest second = writer.finish(TestingDisk.point());

            assertThat(second.figures().newChunks()).isZero();
            store.pass(Duration.ofMinutes(10));
            assertThat(repository.collect().deletedPacks()).isZero();
            assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
        }
    }

    /** It was condemned, came to be needed by a backup that was under way then, and that is deleted before anybody has looked. */
    @Test
    void keepsWhatIsTakenFromABackupThatIsDeletedMeanwhile() {
        Manifest first = disk.full(repository);
        BackupWriter second = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null));
        repository.forget(first.id());
        repository.collect();
        try (second;
                DiskWriter to = second.disk(disk.id, disk.content.length, Optional.empty())) {
            to.write(0, ByteBuffer.wrap(disk.content));
            to.close();
            second.finish(TestingDisk.point());
        }
        store.pass(Duration.ofMinutes(10));
        try (BackupReader before = repository.read(second.id());
                BackupWriter third = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null))) {
            try (DiskWriter to = third.disk(disk.id, disk.content.length, Optional.of(before.disk(disk.id)))) {
                to.unchanged(0, disk.content.length);
            }
            repository.forget(second.id());
            repository.collect();

            assertThatThrownBy(() -> third.finish(TestingDisk.point()))
                    .isInstanceOfSatisfying(
                            YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_FAILED));
            assertThat(repository.list()).isEmpty();
        }
    }

    @Test
    void nobodyBeginsToCountOnWhatIsCondemned() {
        Manifest first = disk.full(repository);
        repository.forget(first.id());
        repository.collect();
        Manifest second = disk.full(repository);

        store.pass(Duration.ofMinutes(30));
        assertThat(repository.collect().deletedPacks()).isEqualTo(2);

        assertThat(second.figures().reusedChunks()).isZero();
        assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
    }

    @Test
    void keepsBackupsAsLongAsTheRepositoryIsMadeTo() {
        TestingStore locked = new TestingStore();
        Repository kept = Repository.create(locked, Keys.none(), Duration.ofDays(30));
        Manifest backup = disk.full(kept);

        locked.pass(Duration.ofDays(29));
        assertThatThrownBy(() -> kept.forget(backup.id()))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_RETAINED));
        locked.pass(Duration.ofDays(2));
        kept.forget(backup.id());

        assertThat(kept.list()).isEmpty();
    }

    @Test
    void letsOnlyOneCollectAtATime() {
        try (Lease other = new Lease(store, Lease.COLLECTORS, "another")) {
            assertThat(repository.collect().waitsFor()).isEqualTo("another collection is under way");
        }
        assertThat(repository.collect().waitsFor()).isNull();
    }

    /** Writers, readers and collectors in any order, some of which die: whatever backup there is can be restored. */
    @Test
    void keepsEveryBackupWhateverHappensInWhateverOrder() {
        long seed = System.nanoTime();
        for (int round = 0; round < 30; round++) {
            new Anything(seed + round).run();
        }
    }

    private static final class Anything {
        private final TestingStore store = new TestingStore();
        private final Random random;
        private final long seed;
        private final Map<BackupId, byte[]> expected = new HashMap<>();
        private final List<Open> open = new ArrayList<>();
        private final TestingDisk disk = new TestingDisk(BLOCK, 3);
        private final byte[] kind = new byte[BLOCK];
        private final Repository[] processes;

        private record Open(BackupWriter writer, byte[] content) {}

        Anything(long seed) {
            this.seed = seed;
            random = new Random(seed);
            Repository made = Repository.create(store, Keys.none(), Duration.ZERO);
            processes =
                    new Repository[] {made, Repository.open(store, Keys.none()), Repository.open(store, Keys.none())};
        }

        void run() {
            for (int step = 0; step < 60; step++) {
                act(processes[random.nextInt(processes.length)]);
            }
            open.forEach(each -> each.writer().abandon());
            store.pass(Duration.ofHours(1));
            processes[0].collect();
            store.pass(Duration.ofHours(1));
            processes[1].collect();
            assertThat(processes[2].verify().damages()).as("seed %d", seed).isEmpty();
            expected.forEach((id, content) -> assertThat(disk.restored(processes[2], id))
                    .as("seed %d", seed)
                    .isEqualTo(content));
        }

        private void act(Repository process) {
            switch (random.nextInt(9)) {
                case 0, 1 -> begin(process);
                case 2, 3 -> finish();
                case 4 -> {
                    if (!open.isEmpty()) {
                        open.remove(random.nextInt(open.size())).writer().abandon();
                    }
                }
                case 5 ->
                    expected.keySet().stream().findAny().ifPresent(id -> {
                        process.forget(id);
                        expected.remove(id);
                    });
                case 6, 7 -> process.collect();
                default -> {
                    store.pass(Duration.ofMinutes(1 + random.nextInt(9)));
                    store.renewLeases();
                }
            }
        }

        /** All content is of a few kinds, so that much of it is there already; half the time some is taken from an earlier backup. */
        private void begin(Repository process) {
            byte[] content = new byte[8 * BLOCK];
            Optional<BackupId> previous =
                    random.nextBoolean() ? expected.keySet().stream().findAny() : Optional.empty();
            byte[] before = previous.map(expected::get).orElse(null);
            try (BackupReader reader = previous.map(process::read).orElse(null)) {
                BackupWriter writer = process.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null));
                try (DiskWriter to = writer.disk(
                        disk.id, content.length, Optional.ofNullable(reader).map(each -> each.disk(disk.id)))) {
                    for (int block = 0; block < 8; block++) {
                        int at = block * BLOCK;
                        if (before != null && random.nextInt(3) > 0) {
                            System.arraycopy(before, at, content, at, BLOCK);
                            to.unchanged(at, BLOCK);
                        } else {
                            new Random(random.nextInt(8)).nextBytes(kind);
                            System.arraycopy(kind, 0, content, at, BLOCK);
                            to.write(at, ByteBuffer.wrap(content, at, BLOCK));
                        }
                    }
                }
                open.add(new Open(writer, content));
            }
        }

        private void finish() {
            if (!open.isEmpty()) {
                Open one = open.remove(random.nextInt(open.size()));
                try {
                    expected.put(one.writer().finish(TestingDisk.point()).id(), one.content());
                } catch (YadoException e) {
                    // The one that it was based on was deleted and collected meanwhile.
                    assertThat(e.code()).isEqualTo(ErrorCode.BACKUP_FAILED);
                    one.writer().abandon();
                }
            }
        }
    }
}
