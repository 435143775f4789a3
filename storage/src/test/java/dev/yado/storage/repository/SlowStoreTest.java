package dev.yado.storage.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.BackupId;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SlowStoreTest {
    private static final int MIB = 1 << 20;
    private static final long SIZE = 200L * MIB;
    /** Three under way, and one that was filled meanwhile. */
    private static final int PACKS_AHEAD = 4;

    /** Packs of 16 MiB, and what compression does. */
    private static final long MOST_AHEAD = 80L * MIB;

    private final TestingStore store = new TestingStore();
    private final Repository repository = Repository.create(store, Keys.none(), Duration.ZERO);
    private final AtomicLong written = new AtomicLong();

    /** Noise that differs from one MiB to the next. */
    private void write(DiskWriter to) {
        byte[] noise = new byte[MIB];
        new Random(1).nextBytes(noise);
        for (int at = 0; at < SIZE / MIB; at++) {
            for (int block = 0; block < MIB; block += 64 << 10) {
                noise[block] = (byte) at;
            }
            to.write((long) at * MIB, ByteBuffer.wrap(noise));
            written.addAndGet(MIB);
        }
    }

    @Test
    void isWaitedForWithoutTakingMemoryAndLetGoAtOnceWhenTheBackupIsBrokenOff() throws Exception {
        store.holdsPacks();
        BackupWriter writer = repository.begin(new BackupHead(BackupId.random(), TestingDisk.VM, null));
        DiskWriter disk = writer.disk(DiskId.random(), SIZE, Optional.empty());
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            try {
                Future<?> writing = thread.submit(() -> write(disk));
                await().until(() -> store.heldPacks() == PACKS_AHEAD);
                assertThat(written.get()).isLessThan(MOST_AHEAD);

                writer.abandon();

                assertThatThrownBy(writing::get)
                        .cause()
                        .isInstanceOfSatisfying(
                                YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
                assertThat(written.get()).isLessThan(MOST_AHEAD);
            } finally {
                // Before the thread is waited for, whatever was seen.
                disk.close();
                store.letsPacksGo();
            }
        }
        await().until(() -> store.heldPacks() == 0);
        assertThat(repository.list()).isEmpty();
    }
}
