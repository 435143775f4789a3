package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.small;
import static dev.yado.flow.TestingCloud.stopped;
import static dev.yado.flow.TestingCloud.vm;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.operation.StepStatus;
import dev.yado.protocol.Cause;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmState;
import dev.yado.vm.VmView;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VmLifeTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();

    @AfterEach
    void close() {
        cloud.close();
    }

    private VmView see(VmId id) {
        return controller.vms().get(cloud.caller(), id);
    }

    private VmId created(OperationId operation) {
        return new VmId(controller.operations().find(operation).orElseThrow().targetId());
    }

    private OperationView waiting(OperationId id) {
        return await().atMost(10, SECONDS)
                .until(
                        () -> controller.operations().find(id).orElseThrow(),
                        view -> view.status() == OperationStatus.WAITING);
    }

    private OperationView succeed(OperationId id) {
        OperationView view = end(controller, id);
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        return view;
    }

    @Test
    void isCreatedRunningAndGoesWithoutTrace() {
        SimulatedHost host = cloud.host(4, 4096);
        OperationView made = succeed(controller.vms().create(cloud.caller(), small()));
        VmId id = new VmId(made.targetId());

        assertThat(made.steps())
                .filteredOn(step -> step.status() != StepStatus.SKIPPED)
                .extracting(OperationView.StepView::name)
                .containsExactly("PLACE", "DEFINE", "SETTLE");
        assertThat(see(id).state()).isEqualTo(VmState.RUNNING);
        assertThat(host.stateOf(id)).isEqualTo(ObservedState.RUNNING);

        succeed(controller.vms().delete(cloud.caller(), id));
        assertThat(cloud.rowsOf(id)).isZero();
        assertThat(host.stateOf(id)).isEqualTo(ObservedState.ABSENT);
    }

    @Test
    void stopsStartsRebootsPausesAndResumes() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);

        succeed(controller.vms().pause(cloud.caller(), id));
        assertThat(see(id).state()).isEqualTo(VmState.PAUSED);
        succeed(controller.vms().resume(cloud.caller(), id));
        assertThat(see(id).state()).isEqualTo(VmState.RUNNING);
        succeed(controller.vms().reboot(cloud.caller(), id));
        assertThat(host.rebootsOf(id)).isEqualTo(1);
        assertThat(host.bootsOf(id)).isEqualTo(1);
        succeed(controller.vms().stop(cloud.caller(), id, StopPolicy.HARD));
        assertThat(see(id).state()).isEqualTo(VmState.STOPPED);
        succeed(controller.vms().start(cloud.caller(), id));
        assertThat(see(id).state()).isEqualTo(VmState.RUNNING);
        assertThat(host.bootsOf(id)).isEqualTo(2);
    }

    @Test
    void withoutStartItIsDefinedButDoesNotRun() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = new VmId(succeed(controller.vms().create(cloud.caller(), stopped(small())))
                .targetId());

        assertThat(see(id).state()).isEqualTo(VmState.STOPPED);
        assertThat(host.stateOf(id)).isEqualTo(ObservedState.STOPPED);
        assertThat(host.bootsOf(id)).isZero();
        succeed(controller.vms().start(cloud.caller(), id));
        assertThat(host.bootsOf(id)).isEqualTo(1);
    }

    @Test
    void waitsWithAVerdictPerHostUntilOneFits() {
        SimulatedHost tooSmall = cloud.host(1, 1024);
        await().atMost(5, SECONDS)
                .until(() -> cloud.jdbc().queryForList("SELECT 1 FROM host").size() == 1);

        OperationId id = controller.vms().create(cloud.caller(), vm("large", 16, 8192));
        OperationView view = waiting(id);
        assertThat(view.waitReason()).startsWith("NO_HOST_FITS");
        assertThat(view.placement()).singleElement().satisfies(verdict -> {
            assertThat(verdict.host()).isEqualTo(tooSmall.name());
            assertThat(verdict.rule()).isEqualTo("vcpus");
        });
        assertThat(see(created(id)).state()).isEqualTo(VmState.PENDING);

        cloud.host(16, 16384);
        succeed(id);
    }

    @Test
    void whatWaitsForRoomGoesOnWhenSomethingIsDeleted() {
        cloud.host(8, 512 + 1024);
        VmId first = created(controller.vms().create(cloud.caller(), vm("first", 1, 1024)));
        await().atMost(5, SECONDS).until(() -> see(first).state() == VmState.RUNNING);
        OperationId second = controller.vms().create(cloud.caller(), vm("second", 1, 1024));
        waiting(second);

        succeed(controller.vms().delete(cloud.caller(), first));

        succeed(second);
    }

    @Test
    void aCreateThatWaitsForRoomCanBeStoppedAndDeletedAtOnce() {
        OperationId create = controller.vms().create(cloud.caller(), small());
        VmId id = created(create);
        waiting(create);

        succeed(controller.vms().stop(cloud.caller(), id, StopPolicy.HARD));
        assertThat(see(id).state()).isEqualTo(VmState.STOPPED);
        assertThat(end(controller, create).status()).isEqualTo(OperationStatus.CANCELLED);

        succeed(controller.vms().delete(cloud.caller(), id));
        assertThat(cloud.rowsOf(id)).isZero();
    }

    @Test
    void aStartGivesAPlaceToWhatHasNone() {
        OperationId create = controller.vms().create(cloud.caller(), small());
        VmId id = created(create);
        waiting(create);
        succeed(controller.vms().stop(cloud.caller(), id, StopPolicy.HARD));

        OperationId start = controller.vms().start(cloud.caller(), id);
        waiting(start);
        cloud.host(4, 4096);

        succeed(start);
        assertThat(see(id).state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void nothingIsReleasedBeforeTheHostHasSaidAbsent() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);
        host.link(SimulatedHost.Link.CUT);

        OperationId delete = controller.vms().delete(cloud.caller(), id);

        OperationView view = waiting(delete);
        assertThat(view.waitReason()).contains("does not answer");
        assertThat(cloud.rowsOf(id)).isEqualTo(3);
        assertThat(see(id).state()).isEqualTo(VmState.DELETING);
        assertThat(see(id).stateReason()).contains("does not answer");

        host.link(SimulatedHost.Link.WORKS);
        succeed(delete);
        assertThat(cloud.rowsOf(id)).isZero();
    }

    @Test
    void deletedTwiceAnswersWithTheSameOperation() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);
        host.holdWork(true);

        OperationId first = controller.vms().delete(cloud.caller(), id);
        OperationId second = controller.vms().delete(cloud.caller(), id);

        assertThat(second).isEqualTo(first);
        assertThat(cloud.rowsOf(id)).isEqualTo(3);
        host.holdWork(false);
        succeed(first);
    }

    @Test
    void aHostThatLosesItsRepliesMakesNoSecondRun() {
        SimulatedHost host = cloud.host(4, 4096);
        host.link(SimulatedHost.Link.LOSES_REPLIES);
        OperationId create = controller.vms().create(cloud.caller(), small());
        await().atMost(10, SECONDS).until(() -> host.calls() > 2);

        host.link(SimulatedHost.Link.WORKS);

        succeed(create);
        assertThat(host.bootsOf(created(create))).isEqualTo(1);
    }

    @Test
    void aSilentHostMakesItUnknownAndFreesNothing() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);

        host.link(SimulatedHost.Link.CUT);

        VmView unknown = await().atMost(10, SECONDS).until(() -> see(id), vm -> vm.state() == VmState.UNKNOWN);
        assertThat(unknown.stateReason()).contains("has not reported for").contains("RUNNING");
        assertThat(unknown.host()).isEqualTo(host.id());
        host.link(SimulatedHost.Link.WORKS);
        await().atMost(10, SECONDS).until(() -> see(id).state() == VmState.RUNNING);
    }

    @Test
    void aGuestThatPowersItselfOffIsWantedStopped() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);

        host.guestEnds(id, ObservedState.STOPPED, new Cause(Cause.Code.GUEST_SHUTDOWN, "the guest powered off"));

        VmView vm = see(id);
        assertThat(vm.state()).isEqualTo(VmState.STOPPED);
        assertThat(vm.desired()).isEqualTo(DesiredState.STOPPED);
        assertThat(vm.stateReason()).startsWith("GUEST_SHUTDOWN");
        succeed(controller.vms().start(cloud.caller(), id));
        assertThat(host.bootsOf(id)).isEqualTo(2);
    }

    @Test
    void aCrashIsSeenWithItsCauseAndCanBeStartedAgain() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);

        host.guestEnds(id, ObservedState.CRASHED, new Cause(Cause.Code.GUEST_PANIC, "kernel panic"));

        assertThat(see(id).state()).isEqualTo(VmState.CRASHED);
        assertThat(see(id).desired()).isEqualTo(DesiredState.RUNNING);
        succeed(controller.vms().start(cloud.caller(), id));
    }

    @Test
    void aStartThatFailsTellsWhyAndCanBeTriedAgain() {
        SimulatedHost host = cloud.host(4, 4096);
        host.failStarts(new Cause(Cause.Code.ACCELERATOR_UNAVAILABLE, "no /dev/kvm"));
        OperationId create = controller.vms().create(cloud.caller(), small());

        OperationView failed = end(controller, create);
        VmId id = new VmId(failed.targetId());
        assertThat(Objects.requireNonNull(failed.error()).code()).isEqualTo("ACCELERATOR_UNAVAILABLE");
        assertThat(failed.error().detail()).contains("no /dev/kvm");
        assertThat(failed.steps().getLast().status()).isEqualTo(StepStatus.FAILED);
        assertThat(see(id).state()).isEqualTo(VmState.FAILED);

        host.failStarts(null);
        succeed(controller.vms().start(cloud.caller(), id));
        assertThat(see(id).state()).isEqualTo(VmState.RUNNING);
    }

    @Test
    void callsThatChangeNothingRaiseNothing() {
        cloud.host(4, 4096);
        VmId id = cloud.running(controller);
        long generation = see(id).generation();

        assertThat(succeed(controller.vms().start(cloud.caller(), id))
                        .steps()
                        .getFirst()
                        .detail())
                .contains("runs already");
        assertThat(see(id).generation()).isEqualTo(generation);

        succeed(controller.vms().stop(cloud.caller(), id, StopPolicy.HARD));
        long stopped = see(id).generation();
        succeed(controller.vms().stop(cloud.caller(), id, StopPolicy.HARD));
        assertThat(see(id).generation()).isEqualTo(stopped);
    }

    @Test
    void pausingWhatDoesNotRunIsAConflict() {
        cloud.host(4, 4096);
        VmId id = new VmId(succeed(controller.vms().create(cloud.caller(), stopped(small())))
                .targetId());

        assertThatThrownBy(() -> controller.vms().pause(cloud.caller(), id))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT))
                .hasMessageContaining("STOPPED");
    }

    @Test
    void aHardStopOvertakesAGracefulOne() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId id = cloud.running(controller);
        host.holdWork(true);
        OperationId graceful =
                controller.vms().stop(cloud.caller(), id, new StopPolicy(StopPolicy.Mode.GRACEFUL, 3600));
        assertThat(controller.vms().stop(cloud.caller(), id, new StopPolicy(StopPolicy.Mode.GRACEFUL, 60)))
                .isEqualTo(graceful);

        OperationId hard = controller.vms().stop(cloud.caller(), id, StopPolicy.HARD);
        host.holdWork(false);

        succeed(hard);
        assertThat(end(controller, graceful).status()).isEqualTo(OperationStatus.CANCELLED);
    }
}
