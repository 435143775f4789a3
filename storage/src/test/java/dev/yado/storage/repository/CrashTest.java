package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process dies, or its store, at each call in turn. */
class CrashTest {
    private static final int BLOCK = TestingDisk.BLOCK;
    private final TestingStore store = new TestingStore();
    private final TestingDisk disk = new TestingDisk(40 * BLOCK, 1);
    private final Manifest first;
    private final byte[] before;

    CrashTest() {
        Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
        first = disk.full(repository);
        before = disk.content.clone();
        disk.fillNoise(new Random(2), 7 * BLOCK, 12 * BLOCK);
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"REPOSITORY_UNAVAILABLE", "REPOSITORY_FULL"})
    void leavesEarlierBackupsAndNothingThatIsNotCollected(ErrorCode dyingWords) {
        int call = 1;
        boolean died = true;
        while (died) {
            TestingStore crashed = store.copy();
            Set<String> packs = packs(crashed);
            crashed.diesAtCall(call++, dyingWords);
            BackupId second = BackupId.random();
            boolean finished = backUp(crashed, second, dyingWords);
            died = crashed.died();
            crashed.lives();

            Repository repository = Repository.open(crashed, Keys.none());
            assertThat(disk.restored(repository, first.id())).isEqualTo(before);
            boolean exists = repository.list().contains(second);
            assertThat(exists || !finished).as("what was finished is there").isTrue();
            if (exists) {
                assertThat(disk.restored(repository, second)).isEqualTo(disk.content);
            }
            collectAll(crashed, repository);
            assertThat(repository.verify().damages()).isEmpty();
            if (!exists) {
                assertThat(packs(crashed)).isEqualTo(packs);
            }
            assertThat(crashed.contents().keySet())
                    .noneMatch(name -> name.startsWith(Lease.WRITERS) || name.startsWith(Marks.CONDEMNED));
        }
        assertThat(call).isGreaterThan(10);
    }

    private boolean backUp(TestingStore crashed, BackupId id, ErrorCode dyingWords) {
        try {
            Repository repository = Repository.open(crashed, Keys.none());
            try (BackupReader reader = repository.read(first.id());
                    BackupWriter writer = repository.begin(new BackupHead(id, TestingDisk.VM, null))) {
                try (DiskWriter to = writer.disk(disk.id, disk.content.length, Optional.of(reader.disk(disk.id)))) {
                    to.unchanged(0, 7L * BLOCK);
                    to.write(7L * BLOCK, ByteBuffer.wrap(disk.content, 7 * BLOCK, 12 * BLOCK));
                    to.compare(19L * BLOCK, ByteBuffer.wrap(disk.content, 19 * BLOCK, 21 * BLOCK));
                }
                writer.finish(TestingDisk.point());
                return true;
            }
        } catch (YadoException e) {
            assertThat(e.code()).isEqualTo(dyingWords);
            return false;
        }
    }

    @Test
    void aCollectionThatDiesIsGoneOnWithByTheNext() {
        Repository whole = Repository.open(store, Keys.none());
        Manifest second = disk.compared(whole, first.id());
        whole.forget(first.id());
        whole.collect();
        store.pass(Duration.ofMinutes(30));
        int call = 1;
        boolean died = true;
        while (died) {
            TestingStore crashed = store.copy();
            crashed.diesAtCall(call++, ErrorCode.REPOSITORY_UNAVAILABLE);
            try {
                Repository.open(crashed, Keys.none()).collect();
            } catch (YadoException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.REPOSITORY_UNAVAILABLE);
            }
            died = crashed.died();
            crashed.lives();

            Repository repository = Repository.open(crashed, Keys.none());
            assertThat(disk.restored(repository, second.id())).isEqualTo(disk.content);
            Manifest third = disk.full(repository);
            assertThat(disk.restored(repository, third.id())).isEqualTo(disk.content);
            collectAll(crashed, repository);
            assertThat(repository.verify().damages()).isEmpty();
            assertThat(repository.list()).containsExactlyInAnyOrderElementsOf(List.of(second.id(), third.id()));
            assertThat(crashed.contents().keySet()).noneMatch(name -> name.startsWith(Marks.CONDEMNED));
        }
        assertThat(call).isGreaterThan(10);
    }

    private static Set<String> packs(TestingStore store) {
        Set<String> names = new TreeSet<>(store.contents().keySet());
        names.removeIf(name -> !name.startsWith("packs/"));
        return names;
    }

    /** As often as it takes, with enough time in between that all leases of the dead have ended. */
    private static void collectAll(TestingStore store, Repository repository) {
        for (int round = 0; round < 3; round++) {
            store.pass(Duration.ofMinutes(30));
            repository.collect();
        }
    }
}
