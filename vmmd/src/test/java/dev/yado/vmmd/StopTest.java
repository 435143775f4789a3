package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Stops, pauses, reboots and what overtakes them. */
@Tag("guest")
class StopTest {
    private static TestingHost host;
    private VmSpec newest;

    @BeforeAll
    static void startHost() throws IOException {
        host = TestingHost.start();
    }

    @AfterAll
    static void endHost() throws IOException {
        host.close();
    }

    @BeforeEach
    void specifyGuest() {
        newest = host.spec(host.images().obedientGuest());
    }

    @AfterEach
    void removeGuest() {
        assertThat(host.delete(newest).state()).isEqualTo(ObservedState.ABSENT);
        assertThat(host.guests()).isEmpty();
    }

    @Test
    void gracefulStopLetsTheGuestPowerItselfOff() {
        running();
        host.type(newest.id(), "b");
        host.awaitSerial(newest.id(), 0, "B");
        put(TestingHost.stoppedGracefully(newest, 60));
        host.awaitCause(newest.id(), ObservedState.STOPPED, Cause.Code.REQUESTED);
    }

    @Test
    void powerButtonIsPressedAgainForAGuestThatWasNotListening() {
        running();
        put(TestingHost.stoppedGracefully(newest, 60));
        await("the guest saw nothing").until(() -> host.get(newest.id()).state() == ObservedState.STOPPING);
        host.type(newest.id(), "b");
        host.awaitCause(newest.id(), ObservedState.STOPPED, Cause.Code.REQUESTED);
    }

    @Test
    void guestThatIgnoresThePowerButtonIsStoppedHardAtTheDeadline() {
        running();
        put(TestingHost.stoppedGracefully(newest, 1));
        host.awaitCause(newest.id(), ObservedState.STOPPED, Cause.Code.GRACEFUL_TIMEOUT);
    }

    @Test
    void hardStopOvertakesAGracefulOne() {
        running();
        put(TestingHost.stoppedGracefully(newest, 600));
        VmReport report = put(TestingHost.stopped(newest));
        assertThat(report.state()).isEqualTo(ObservedState.STOPPED);
        assertThat(host.guests()).isEmpty();
    }

    @Test
    void pausedGuestFeelsItsPowerButton() {
        running();
        host.type(newest.id(), "b");
        host.awaitSerial(newest.id(), 0, "B");
        put(TestingHost.paused(newest));
        host.awaitState(newest.id(), ObservedState.PAUSED);
        put(TestingHost.stoppedGracefully(newest, 60));
        host.awaitCause(newest.id(), ObservedState.STOPPED, Cause.Code.REQUESTED);
    }

    @Test
    void startAfterAnUnfinishedStopBringsTheGuestUpAnew() {
        running();
        long pid = host.pid(newest.id());
        put(TestingHost.stoppedGracefully(newest, 1));
        put(TestingHost.startedAgain(newest));
        VmReport report = host.awaitState(newest.id(), ObservedState.RUNNING);
        assertThat(report.runEpoch()).isEqualTo(2);
        assertThat(host.pid(newest.id())).isNotEqualTo(pid);
    }

    @Test
    void hardStopBreaksOffAnImageFetch() throws InterruptedException {
        CountDownLatch flow = host.controller().holdImages();
        newest = host.spec(
                host.images().add("no such image on this host yet".repeat(100).getBytes(StandardCharsets.UTF_8)));
        host.put(newest);
        assertThat(host.controller().imageAsked().await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(host.get(newest.id()).state()).isEqualTo(ObservedState.PREPARING);
        long begin = System.nanoTime();
        put(TestingHost.stopped(newest));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
        assertThat(host.guests()).isEmpty();
        flow.countDown();
        host.awaitState(newest.id(), ObservedState.STOPPED);
    }

    @Test
    void deleteBreaksOffAStart() {
        for (int i = 0; i < 20; i++) {
            newest = host.spec(host.images().obedientGuest());
            host.put(newest);
            assertThat(host.delete(newest).state()).isEqualTo(ObservedState.ABSENT);
            assertThat(host.guests()).isEmpty();
            assertThat(Files.exists(host.vmDirectory(newest.id()))).isFalse();
        }
    }

    @Test
    void pauseHoldsTheGuestAndResumeLetsItGoOn() throws IOException {
        running();
        put(TestingHost.paused(newest));
        host.awaitState(newest.id(), ObservedState.PAUSED);
        long held = beats();
        assertThat(beats()).isEqualTo(held);
        put(TestingHost.next(newest, DesiredState.RUNNING, StopPolicy.HARD, newest.runEpoch()));
        host.awaitState(newest.id(), ObservedState.RUNNING);
        await("the counter goes on").until(() -> beats() > held + 2);
        assertThat(host.serial(newest.id(), 0).split("hello", -1)).hasSize(2);
    }

    @Test
    void guestThatIsToStartPausedRunsNoInstruction() {
        newest = TestingHost.paused(host.spec(host.images().obedientGuest()));
        host.put(newest);
        host.awaitState(newest.id(), ObservedState.PAUSED);
        assertThat(host.serial(newest.id(), 0)).isEmpty();
        put(TestingHost.next(newest, DesiredState.RUNNING, StopPolicy.HARD, newest.runEpoch()));
        host.awaitSerial(newest.id(), 0, "obedient: hello");
    }

    @Test
    void rebootResetsTheGuestOnceInTheSameProcess() {
        running();
        long pid = host.pid(newest.id());
        put(TestingHost.rebooted(newest));
        await("it says hello again").until(() -> hellos() == 2);
        put(newest);
        put(TestingHost.rebooted(newest));
        await("it says hello again").until(() -> hellos() == 3);
        host.awaitState(newest.id(), ObservedState.RUNNING);
        assertThat(host.pid(newest.id())).isEqualTo(pid);
    }

    @Test
    void runThatEndedIsNotBegunAgainUnderTheSameEpoch() {
        running();
        host.type(newest.id(), "p");
        host.awaitCause(newest.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
        put(TestingHost.next(newest, DesiredState.RUNNING, StopPolicy.HARD, newest.runEpoch()));
        host.awaitCause(newest.id(), ObservedState.STOPPED, Cause.Code.GUEST_SHUTDOWN);
        put(TestingHost.startedAgain(newest));
        host.awaitState(newest.id(), ObservedState.RUNNING);
    }

    @Test
    void staleRequestsAreRefused() {
        running();
        VmSpec old = newest;
        OperationId operation = OperationId.random();
        put(TestingHost.paused(newest));
        assertThat(answer(old, new CallFence(operation, "define", 1))).contains("STALE_GENERATION");
        VmSpec next = TestingHost.paused(newest);
        newest = next;
        assertThat(answer(next, new CallFence(operation, "define", 7))).contains("\"generation\":" + next.generation());
        assertThat(answer(TestingHost.paused(next), new CallFence(operation, "define", 6)))
                .contains("STALE_GENERATION");
    }

    @Test
    void deletedGuestIsNotBroughtBackByALateSpec() {
        running();
        VmSpec late = TestingHost.paused(newest);
        VmSpec deleted = TestingHost.paused(late);
        host.delete(late);
        assertThat(answer(newest, new CallFence(OperationId.random(), "define", 1)))
                .contains("STALE_GENERATION");
        assertThat(answer(late, new CallFence(OperationId.random(), "define", 1)))
                .contains("STALE_GENERATION");
        assertThat(Files.exists(host.vmDirectory(newest.id()))).isFalse();
        newest = TestingHost.paused(deleted);
        host.put(newest);
        host.awaitState(newest.id(), ObservedState.PAUSED);
    }

    private static String answer(VmSpec spec, CallFence fence) {
        byte[] body = ProtocolJson.mapper().writeValueAsBytes(spec);
        return new String(host.send("PUT", "/v1/vms/" + spec.id(), body, fence).body(), StandardCharsets.UTF_8);
    }

    private int hellos() {
        return host.serial(newest.id(), 0).split("hello", -1).length - 1;
    }

    private long beats() throws IOException {
        return Files.size(host.vmDirectory(newest.id()).resolve("serial1.log")) / 9;
    }

    private VmReport put(VmSpec spec) {
        newest = spec;
        return host.put(spec);
    }

    private void running() {
        host.put(newest);
        host.awaitState(newest.id(), ObservedState.RUNNING);
        host.awaitSerial(newest.id(), 0, "obedient: hello");
        host.awaitSerial(newest.id(), 1, "00000002\n");
    }
}
