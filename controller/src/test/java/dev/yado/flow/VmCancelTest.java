package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.small;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.operation.CancelAnswer;
import dev.yado.operation.CancelAnswer.Effect;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a tenant expects of a cancel. */
@Timeout(60)
class VmCancelTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();

    @AfterEach
    void close() {
        cloud.close();
    }

    private VmView see(VmId id) {
        return controller.vms().get(cloud.caller(), id);
    }

    private VmId target(OperationId operation) {
        return new VmId(controller.operations().find(operation).orElseThrow().targetId());
    }

    private void waitingAt(OperationId id, String step) {
        await().atMost(10, SECONDS)
                .until(() -> controller.operations().find(id).orElseThrow().steps().stream()
                        .anyMatch(each -> each.name().equals(step) && each.nextAttemptAt() != null));
    }

    private CancelAnswer cancel(OperationId id) {
        return controller.operations().cancel(id, "the tenant");
    }

    private void cancelled(OperationId id) {
        OperationView view = end(controller, id);
        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.CANCELLED);
    }

    @Test
    void aCreateThatWaitsForRoomLeavesNothing() {
        OperationId create = controller.vms().create(cloud.caller(), small());
        VmId vm = target(create);
        waitingAt(create, "PLACE");

        CancelAnswer answer = cancel(create);

        assertThat(answer.undo()).containsExactly("PLACE");
        assertThat(answer.targetState()).isEqualTo("DELETED");
        cancelled(create);
        assertThat(cloud.rowsOf(vm)).isZero();
    }

    @Test
    void aCreateUnderWayIsRemovedAtItsHostBeforeItsPlaceIsReleased() {
        SimulatedHost host = cloud.host(4, 4096);
        host.holdWork(true);
        OperationId create = controller.vms().create(cloud.caller(), small());
        VmId vm = target(create);
        waitingAt(create, "SETTLE");

        CancelAnswer answer = cancel(create);

        assertThat(answer.effect()).isEqualTo(Effect.UNDOING);
        assertThat(answer.undo()).containsExactly("DEFINE", "PLACE");
        assertThat(cloud.rowsOf(vm)).isEqualTo(3);
        assertThat(see(vm).state()).isEqualTo(VmState.DELETING);
        host.holdWork(false);
        cancelled(create);
        assertThat(cloud.rowsOf(vm)).isZero();
        assertThat(host.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
    }

    @Test
    void anUnreachableHostHoldsTheUndoUpAndADeleteTakesItOver() {
        SimulatedHost host = cloud.host(4, 4096);
        host.holdWork(true);
        OperationId create = controller.vms().create(cloud.caller(), small());
        VmId vm = target(create);
        waitingAt(create, "SETTLE");
        host.link(SimulatedHost.Link.CUT);
        cancel(create);

        OperationId delete = controller.vms().delete(cloud.caller(), vm);

        assertThat(delete).isNotEqualTo(create);
        cancelled(create);
        assertThat(cloud.rowsOf(vm)).isEqualTo(3);
        host.link(SimulatedHost.Link.WORKS);
        host.holdWork(false);
        assertThat(end(controller, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(cloud.rowsOf(vm)).isZero();
    }

    @Test
    void aStartGoesBackToStopped() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId vm = cloud.running(controller);
        end(controller, controller.vms().stop(cloud.caller(), vm, StopPolicy.HARD));
        host.holdWork(true);
        OperationId start = controller.vms().start(cloud.caller(), vm);
        waitingAt(start, "SETTLE");
        long generation = see(vm).generation();

        assertThat(cancel(start).targetState()).isEqualTo("STOPPED");

        assertThat(see(vm).desired()).isEqualTo(DesiredState.STOPPED);
        assertThat(see(vm).generation()).isGreaterThan(generation);
        host.holdWork(false);
        cancelled(start);
        await().atMost(10, SECONDS).until(() -> see(vm).state() == VmState.STOPPED);
    }

    @Test
    void aGracefulStopLetsAGuestThatStillRunsGoOn() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId vm = cloud.running(controller);
        host.holdWork(true);
        OperationId stop = controller.vms().stop(cloud.caller(), vm, new StopPolicy(StopPolicy.Mode.GRACEFUL, 3600));
        waitingAt(stop, "SETTLE");

        assertThat(cancel(stop).detail()).contains("goes on running if its guest still runs");

        // The host has heard of it before it came to the stop.
        waitingAt(stop, "SEND");
        host.holdWork(false);
        cancelled(stop);
        assertThat(see(vm).desired()).isEqualTo(DesiredState.RUNNING);
        await().atMost(10, SECONDS).until(() -> see(vm).state() == VmState.RUNNING);
        assertThat(host.bootsOf(vm)).isEqualTo(1);
    }

    @Test
    void aRemovalThatMayHaveBegunSaysUntilWhenItGoesOn() {
        SimulatedHost host = cloud.host(4, 4096);
        VmId vm = cloud.running(controller);
        host.link(SimulatedHost.Link.CUT);
        OperationId delete = controller.vms().delete(cloud.caller(), vm);
        waitingAt(delete, "REMOVE");

        assertThatThrownBy(() -> cancel(delete))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCEL_TOO_LATE))
                .hasMessageContaining("removes its disks")
                .hasMessageContaining("at the latest");
        host.link(SimulatedHost.Link.WORKS);
        assertThat(end(controller, delete).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }
}
