package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Autostart;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.inventory.GuestStory;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A host that comes up alone, and controllers that are too late. */
@Tag("guest")
class AutostartTest {
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
    void guestsComeBackInOrderWithNoControllerInReachAndSaySo() throws IOException {
        VmSpec second = running(new Autostart(2, 0));
        VmSpec first = running(new Autostart(1, 1));
        VmSpec stopped = running(new Autostart(1, 0));
        host.put(TestingHost.stopped(stopped));
        host.loseAllProcesses();
        host.controller().fail(true);

        host.startDaemon();

        VmReport back = host.awaitState(first.id(), ObservedState.RUNNING);
        VmReport later = host.awaitState(second.id(), ObservedState.RUNNING);
        assertThat(later.since()).isAfterOrEqualTo(back.since().plusSeconds(1));
        assertThat(back.runEpoch()).as("the permission that it had").isEqualTo(first.runEpoch());
        host.awaitCause(first.id(), ObservedState.RUNNING, Cause.Code.AUTOSTARTED);
        host.awaitCause(second.id(), ObservedState.RUNNING, Cause.Code.AUTOSTARTED);
        assertThat(host.get(stopped.id()).state()).isEqualTo(ObservedState.STOPPED);
        assertThat(why(first).run()).contains("brought back by the host itself");
        // What begins anew by request is no longer the host's doing.
        VmSpec ended = TestingHost.stopped(first);
        host.put(ended);
        host.put(TestingHost.startedAgain(ended));
        assertThat(host.awaitState(first.id(), ObservedState.RUNNING).cause()).isNull();
    }

    @Test
    void aControllerThatWasOvertakenIsRefusedAlsoAfterTheDaemonWasRestarted() throws IOException {
        VmSpec spec = running(null);
        OperationId operation = OperationId.random();
        VmSpec stopped = TestingHost.stopped(spec);
        VmSpec again = TestingHost.startedAgain(stopped);
        accepted(stopped, new CallFence(operation, "send", 7));
        accepted(again, new CallFence(operation, "send", 8));

        for (int daemon = 1; daemon <= 2; daemon++) {
            refused(stopped, new CallFence(operation, "send", 9), "generation 2 is lower");
            refused(again, new CallFence(operation, "send", 7), "taken over at epoch 8");
            VmSpec lowerEpoch = TestingHost.next(again, again.desired(), again.stop(), again.runEpoch() - 1);
            refused(lowerEpoch, new CallFence(operation, "send", 9), "run epoch 1 is lower");
            HttpResponse<byte[]> delete = host.send(
                    "DELETE",
                    "/v1/vms/" + spec.id() + "?generation=2",
                    new byte[0],
                    new CallFence(OperationId.random(), "remove", 1));
            assertThat(text(delete)).contains("STALE_GENERATION");
            assertThat(host.awaitState(spec.id(), ObservedState.RUNNING).runEpoch())
                    .isEqualTo(2);
            host.killDaemon();
            host.startDaemon();
        }
    }

    @Test
    void whyTellsTheEndWithItsSignalAndTheNewestCall() throws IOException {
        VmSpec spec = running(null);
        GuestStory before = why(spec);
        assertThat(before.process()).contains("process " + host.pid(spec.id()));
        assertThat(before.newest()).isNotNull();

        TestingHost.kill(host.pid(spec.id()));
        host.awaitState(spec.id(), ObservedState.CRASHED);

        GuestStory after = why(spec);
        assertThat(after.run()).contains("PROCESS_KILLED", "SIGKILL");
        assertThat(after.process()).isNull();
    }

    private void accepted(VmSpec spec, CallFence fence) {
        assertThat(put(spec, fence).statusCode()).isEqualTo(200);
    }

    private void refused(VmSpec spec, CallFence fence, String why) {
        HttpResponse<byte[]> answer = put(spec, fence);
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(text(answer)).contains("STALE_GENERATION", why);
    }

    private HttpResponse<byte[]> put(VmSpec spec, CallFence fence) {
        return host.send("PUT", "/v1/vms/" + spec.id(), ProtocolJson.mapper().writeValueAsBytes(spec), fence);
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private GuestStory why(VmSpec spec) {
        return ProtocolJson.mapper()
                .readValue(
                        host.send("GET", "/v1/vms/" + spec.id() + "/why", new byte[0])
                                .body(),
                        GuestStory.class);
    }

    private VmSpec running(@Nullable Autostart autostart) {
        VmSpec spec = TestingHost.with(host.spec(host.images().obedientGuest()), UnaryOperator.identity(), autostart);
        host.put(spec);
        host.awaitState(spec.id(), ObservedState.RUNNING);
        return spec;
    }
}
