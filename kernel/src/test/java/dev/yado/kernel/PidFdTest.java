package dev.yado.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PidFdTest {
    private static final int SIGTERM = 15;

    private ProcessWatcher watcher;
    private RunningChild child;

    @BeforeEach
    void start() throws IOException {
        watcher = ProcessWatcher.start();
        child = RunningChild.sleeping();
    }

    @AfterEach
    void cleanUp() {
        child.close();
        watcher.close();
    }

    @Test
    void seesTheExitOfASignalledProcess() throws Exception {
        try (PidFd held = watcher.open(child.identity())) {
            assertThat(held.exited()).isFalse();
            assertThat(held.signal(SIGTERM)).isTrue();
            held.await();
            assertThat(held.exited()).isTrue();
        }
    }

    @Test
    void signalAfterTheExitReachesNobody() throws Exception {
        try (PidFd held = watcher.open(child.identity())) {
            child.close();
            held.await();
            await().until(() -> !held.signal(SIGTERM));
        }
    }

    @Test
    void waitsNoLongerThanAsked() throws Exception {
        try (PidFd held = watcher.open(child.identity())) {
            assertThat(held.await(Duration.ofMillis(20))).isFalse();
        }
    }

    @Test
    void refusesAProcessOfAnotherStartTime() throws Exception {
        ProcessIdentity real = child.identity();
        ProcessIdentity earlier = new ProcessIdentity(real.pid(), real.startTicks() - 1, real.bootId());
        assertThatThrownBy(() -> watcher.open(earlier))
                .isInstanceOf(ProcessGoneException.class)
                .hasMessageContaining("started at another time");
    }

    @Test
    void refusesAProcessOfAnEarlierBoot() throws Exception {
        ProcessIdentity real = child.identity();
        ProcessIdentity rebooted = new ProcessIdentity(real.pid(), real.startTicks(), "another boot");
        assertThatThrownBy(() -> watcher.open(rebooted))
                .isInstanceOf(ProcessGoneException.class)
                .hasMessageContaining("rebooted");
    }

    @Test
    void refusesAProcessThatIsGone() throws Exception {
        ProcessIdentity identity = child.identity();
        child.close();
        await().untilAsserted(() ->
                assertThatThrownBy(() -> watcher.open(identity)).isInstanceOf(ProcessGoneException.class));
    }

    @Test
    void aProcessThatIsNoChildIsSeenToo() throws Exception {
        try (RunningChild shell = RunningChild.of("sh", "-c", "sleep 300 & wait")) {
            await().until(() -> shell.process().children().count() == 1);
            ProcessHandle grandchild = shell.process().children().findFirst().orElseThrow();
            ProcessIdentity identity =
                    ProcFs.ofHost().identity(grandchild.pid()).orElseThrow();
            try (PidFd held = watcher.open(identity)) {
                grandchild.destroyForcibly();
                held.await();
            }
        }
    }

    @Test
    void manyAreWatchedByOneThreadAndASlowCallbackHoldsUpNoOther() throws Exception {
        List<RunningChild> children = new ArrayList<>();
        List<PidFd> held = new ArrayList<>();
        CountDownLatch slow = new CountDownLatch(1);
        try (RunningChild first = RunningChild.sleeping();
                PidFd firstHeld = watcher.open(first.identity())) {
            CompletableFuture<Boolean> callback = firstHeld.onExit().thenApply(_ -> arrives(slow));
            for (int i = 0; i < 20; i++) {
                children.add(RunningChild.sleeping());
                held.add(watcher.open(children.getLast().identity()));
            }
            first.close();
            firstHeld.await();
            children.forEach(RunningChild::close);
            for (PidFd one : held) {
                one.await();
            }
            assertThat(callback).isNotDone();
            slow.countDown();
            assertThat(callback.get()).isTrue();
        } finally {
            children.forEach(RunningChild::close);
            held.forEach(PidFd::close);
        }
    }

    @Test
    void closingCancelsTheWaitAndLeavesTheProcessAlone() throws Exception {
        PidFd held = watcher.open(child.identity());
        CompletableFuture<Void> exit = held.onExit();
        held.close();
        assertThat(exit).isCompletedExceptionally();
        assertThat(child.process().isAlive()).isTrue();
        assertThatThrownBy(held::exited).hasMessageContaining("closed");
    }

    @Test
    void closingTheWatcherCancelsAllWaits() throws Exception {
        try (PidFd held = watcher.open(child.identity())) {
            watcher.close();
            assertThat(held.onExit()).isCompletedExceptionally();
        }
        assertThatThrownBy(() -> watcher.open(child.identity())).hasMessageContaining("closed");
    }

    private static boolean arrives(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
