package dev.yado.vmmd.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisruptionStoreTest {
    private static final Instant THEN = Instant.parse("2026-05-01T10:00:00.123456789Z");
    private static final Instant TOLD = Instant.parse("2026-05-01T10:00:00.123456Z");

    @TempDir
    Path root;

    private final VmId vm = VmId.random();
    private final AtomicInteger news = new AtomicInteger();

    @Test
    void aHoldThatEndsIsToldUntilItWasHeard() throws IOException {
        DisruptionStore store = open();
        store.begin(vm, Kind.DISK_FULL, THEN, "full");
        assertThat(store.untold(10)).isEmpty();

        store.end(vm, Kind.DISK_FULL, TOLD.plusMillis(1500));

        Disruption over = new Disruption(vm, Kind.DISK_FULL, TOLD, 1500, "full");
        assertThat(store.untold(10)).containsExactly(over);
        assertThat(news).hasValue(1);
        store.heard(List.of(over));
        assertThat(store.untold(10)).isEmpty();
        assertThat(store.open(vm, Kind.DISK_FULL)).isEmpty();
        assertThat(files()).isZero();
    }

    @Test
    void theNextDaemonGoesOnWithWhatIsOpenAndTellsWhatIsOver() throws IOException {
        DisruptionStore dead = open();
        dead.begin(vm, Kind.MIGRATION_BLACKOUT, THEN, "move");
        dead.add(new Disruption(vm, Kind.FREEZE, THEN, 3, "backup"));

        DisruptionStore next = open();
        assertThat(next.untold(10)).extracting(Disruption::kind).containsExactly(Kind.FREEZE);
        next.end(vm, Kind.MIGRATION_BLACKOUT, 12.5);

        assertThat(open().untold(10))
                .containsExactlyInAnyOrder(
                        new Disruption(vm, Kind.MIGRATION_BLACKOUT, TOLD, 12.5, "move"),
                        new Disruption(vm, Kind.FREEZE, TOLD, 3, "backup"));
    }

    @Test
    void aDaemonThatDiesBetweenTheTwoFilesOfAnEndTellsItOnce() throws IOException {
        DisruptionStore dead = open();
        dead.begin(vm, Kind.DISK_FULL, THEN, "full");
        byte[] begun = Files.readAllBytes(file(".open"));
        dead.end(vm, Kind.DISK_FULL, TOLD.plusMillis(7));
        Files.write(root.resolve("disruptions").resolve(vm + "-DISK_FULL.open"), begun);

        DisruptionStore next = open();
        assertThat(next.open(vm, Kind.DISK_FULL)).isEmpty();
        next.end(vm, Kind.DISK_FULL, TOLD.plusSeconds(99));
        assertThat(next.untold(10)).extracting(Disruption::ms).containsExactly(7.0);
    }

    @Test
    void whatGoesOnIsBegunOnceAndWhatDoesNotIsNotEnded() throws IOException {
        DisruptionStore store = open();
        store.begin(vm, Kind.DISK_ERROR, THEN, "first");
        store.begin(vm, Kind.DISK_ERROR, THEN.plusSeconds(1), "second");
        store.end(vm, Kind.FREEZE, THEN);
        store.end(VmId.random(), Kind.DISK_ERROR, THEN);
        assertThat(store.untold(10)).isEmpty();
        assertThat(store.open(vm, Kind.DISK_ERROR)).map(Disruption::detail).contains("first");
        store.drop(vm, Kind.DISK_ERROR);
        assertThat(open().open(vm, Kind.DISK_ERROR)).isEmpty();
    }

    @Test
    void theOldestGoFirstAndWhatIsDamagedIsPassedOver() throws IOException {
        DisruptionStore store = open();
        for (int i = 5; i > 0; i--) {
            store.add(new Disruption(vm, Kind.SNAPSHOT, THEN.plusSeconds(i), i, null));
        }
        Files.writeString(root.resolve("disruptions/broken.json"), "{");
        assertThat(open().untold(2)).extracting(Disruption::ms).containsExactly(1.0, 2.0);
    }

    private DisruptionStore open() throws IOException {
        // One daemon at a time: the lock of the one before goes with it.
        try (StateDirectory state = StateDirectory.open(root)) {
            return new DisruptionStore(state, news::incrementAndGet);
        }
    }

    private Path file(String end) throws IOException {
        try (Stream<Path> all = Files.list(root.resolve("disruptions"))) {
            return all.filter(file -> file.toString().endsWith(end)).findFirst().orElseThrow();
        }
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.list(root.resolve("disruptions"))) {
            return all.count();
        }
    }
}
