package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.Autostart;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The daemon dies by kill -9 at a bad moment and another one takes over. */
@Tag("guest")
class RecoveryTest {
    private TestingHost host;

    @BeforeEach
    void startHost() throws IOException {
        host = TestingHost.start();
    }

    @AfterEach
    void endHost() throws IOException {
        host.close();
    }

    @Test
    void guestsRunOnWithoutTheDaemonAndAreTakenBack() throws IOException {
        List<VmSpec> specs = IntStream.range(0, 3).mapToObj(i -> running()).toList();
        List<Long> pids = specs.stream().map(spec -> host.pid(spec.id())).toList();
        host.killDaemon();
        long beat = beats(specs.getFirst().id());
        await("the guest's counter goes on").until(() -> beats(specs.getFirst().id()) > beat + 3);

        host.startDaemon();
        for (VmSpec spec : specs) {
            VmReport report = host.awaitState(spec.id(), ObservedState.RUNNING);
            assertThat(report.runEpoch()).isEqualTo(1);
            assertThat(host.serial(spec.id(), 1))
                    .startsWith("00000001\n00000002\n")
                    .doesNotContain("\n00000001\n");
        }
        assertThat(specs.stream().map(spec -> host.pid(spec.id()))).isEqualTo(pids);
        assertThat(host.put(TestingHost.stopped(specs.get(1))).state()).isEqualTo(ObservedState.STOPPED);
        assertThat(host.guests()).containsExactlyInAnyOrder(pids.get(0), pids.get(2));
    }

    @Test
    void guestThatIsTakenBackTakesInput() throws IOException {
        VmSpec spec = running();
        host.killDaemon();
        host.startDaemon();
        host.type(spec.id(), "p");
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
    }

    @Test
    void guestThatPowersItselfOffWhileNobodyWatchesIsStoppedWithItsCause() throws Exception {
        VmSpec spec = running();
        endUnseen(spec, "p");
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
        assertThat(host.guests()).isEmpty();
    }

    @Test
    void guestThatPanicsWhileNobodyWatchesIsCrashedWithItsCause() throws Exception {
        VmSpec spec = running();
        endUnseen(spec, "k");
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.GUEST_PANIC);
    }

    @Test
    void guestThatVanishesWhileNobodyWatchesIsCrashedAndNotStartedAgain() throws IOException {
        VmSpec spec = running();
        host.loseAllProcesses();
        host.startDaemon();
        host.awaitCause(spec.id(), ObservedState.CRASHED, Cause.Code.PROCESS_VANISHED);
        assertThat(host.guests()).isEmpty();
        host.put(TestingHost.startedAgain(spec));
        host.awaitState(spec.id(), ObservedState.RUNNING);
    }

    @Test
    void guestsMarkedForItComeBackInTheirOrder() throws IOException {
        VmSpec second = running(new Autostart(2, 0));
        VmSpec first = running(new Autostart(1, 1));
        VmSpec unmarked = running();
        host.loseAllProcesses();
        host.startDaemon();
        VmReport back = host.awaitState(first.id(), ObservedState.RUNNING);
        assertThat(back.runEpoch()).isEqualTo(1);
        assertThat(host.get(second.id()).state()).isEqualTo(ObservedState.STARTING);
        VmReport later = host.awaitState(second.id(), ObservedState.RUNNING);
        assertThat(later.since()).isAfterOrEqualTo(back.since().plusSeconds(1));
        host.awaitCause(unmarked.id(), ObservedState.CRASHED, Cause.Code.PROCESS_VANISHED);
    }

    @Test
    void hostRebootIsToldFromACrash() throws IOException {
        VmSpec spec = running();
        host.loseAllProcesses();
        var journal = host.vmDirectory(spec.id()).resolve("journal.json");
        Files.writeString(
                journal,
                Files.readString(journal).replaceAll("\"bootId\":\"[^\"]*\"", "\"bootId\":\"an earlier boot\""));
        host.startDaemon();
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.HOST_REBOOTED);
    }

    @Test
    void startThatWasCutInTwoIsCarriedOn() throws IOException {
        for (int millis = 0; millis <= 60; millis += 6) {
            VmSpec spec = host.spec(host.images().obedientGuest());
            host.put(spec);
            letPass(millis);
            host.killDaemon();
            host.startDaemon();
            VmReport report = host.awaitState(spec.id(), ObservedState.RUNNING);
            assertThat(report.runEpoch()).isEqualTo(1);
            host.awaitSerial(spec.id(), 0, "obedient: hello");
            assertThat(host.pid(spec.id())).isPositive();
            host.delete(spec);
        }
        assertThat(host.guests()).isEmpty();
    }

    @Test
    void gracefulStopThatWasCutInTwoKeepsItsDeadline() throws IOException {
        VmSpec spec = running();
        host.put(TestingHost.stoppedGracefully(spec, 2));
        host.killDaemon();
        host.startDaemon();
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GRACEFUL_TIMEOUT);
    }

    @Test
    void gracefulStopWhoseDeadlinePassesWhileNoDaemonIsThereIsNoFailedStart() throws IOException {
        VmSpec spec = running();
        host.put(TestingHost.stoppedGracefully(spec, 1));
        host.killDaemon();
        letPass(1_500);
        host.startDaemon();
        host.awaitCause(spec.id(), ObservedState.STOPPED, Cause.Code.GRACEFUL_TIMEOUT);
    }

    @Test
    void deletionThatWasCutInTwoLeavesNothing() throws IOException {
        VmSpec spec = running();
        Thread deleting = Thread.ofVirtual().start(() -> {
            try {
                host.delete(spec);
            } catch (RuntimeException | AssertionError e) {
                // The daemon dies before it answers, or just after.
                Thread.currentThread().interrupt();
            }
        });
        await("the tombstone")
                .pollInterval(java.time.Duration.ofMillis(1))
                .until(() -> Files.exists(host.state().resolve("tombstones/" + spec.id() + ".json")));
        host.killDaemon();
        host.startDaemon();
        await("nothing left").until(() -> host.guests().isEmpty() && Files.notExists(host.vmDirectory(spec.id())));
        assertThat(host.get(spec.id()).state()).isEqualTo(ObservedState.ABSENT);
        await().until(() -> !deleting.isAlive());
    }

    @Test
    void guestWithADamagedRecordIsLeftAloneAndSoAreTheOthers() throws IOException {
        VmSpec damaged = running();
        VmSpec healthy = running();
        long pid = host.pid(damaged.id());
        host.killDaemon();
        Files.writeString(host.vmDirectory(damaged.id()).resolve("memory.json"), "{");
        host.startDaemon();
        host.awaitState(healthy.id(), ObservedState.RUNNING);
        assertThat(host.pid(damaged.id())).isEqualTo(pid);
        assertThat(host.daemonLog()).contains("memory.json is damaged", "process " + pid);
        assertThatThrownBy(() -> host.put(TestingHost.stopped(damaged))).hasMessageContaining("UNAVAILABLE");
        assertThat(host.pid(damaged.id())).isEqualTo(pid);
    }

    @Test
    void secondDaemonOnTheSameStateEndsWithAClearWord() throws Exception {
        Process first = host.daemon();
        assertThatThrownBy(host::startDaemon)
                .hasMessageContaining("in use by the daemon with process id " + first.pid());
        assertThat(first.isAlive()).isTrue();
        first.destroy();
        assertThat(first.waitFor(20, java.util.concurrent.TimeUnit.SECONDS))
                .as("it ends when told to")
                .isTrue();
    }

    private void endUnseen(VmSpec spec, String command) throws Exception {
        host.killDaemon();
        try (var typist = java.nio.channels.SocketChannel.open(
                java.net.UnixDomainSocketAddress.of(host.vmDirectory(spec.id()).resolve("sock/serial0")))) {
            typist.write(java.nio.ByteBuffer.wrap(command.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            long[] beat = {-1};
            await("the guest's counter stands still")
                    .pollInterval(java.time.Duration.ofMillis(300))
                    .until(() -> beat[0] == (beat[0] = beats(spec.id())));
        }
        host.startDaemon();
    }

    /** The moment is what is varied: there is no condition to wait for. */
    private static void letPass(int millis) {
        java.util.concurrent.locks.LockSupport.parkNanos(millis * 1_000_000L);
    }

    private long beats(VmId id) throws IOException {
        return Files.size(host.vmDirectory(id).resolve("serial1.log")) / 9;
    }

    private VmSpec running() {
        return running(null);
    }

    private VmSpec running(@Nullable Autostart autostart) {
        VmSpec spec = TestingHost.with(host.spec(host.images().obedientGuest()), UnaryOperator.identity(), autostart);
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        host.awaitSerial(spec.id(), 0, "obedient: hello");
        host.awaitSerial(spec.id(), 1, "00000002\n");
        return spec;
    }
}
