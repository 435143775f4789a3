package dev.yado.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.operation.OperationStatus;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** VMs that may be on one host only. */
@Timeout(90)
class HostPinsTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();
    private final SimulatedHost here = cloud.host(8, 8192);
    private final VmId vm = cloud.running(controller);
    private final SimulatedHost there = cloud.joined(cloud.host(8, 8192));
    private final HostPins pins = controller.part(HostPins.class);
    private final VmMoves moves = controller.part(VmMoves.class);

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void aPinnedVmIsMovedByNobodyUntilThePinIsOff() {
        assertThat(pins.pin(cloud.administrator(), vm, null).pinned()).isEqualTo(here.id());

        for (HostId to : new HostId[] {null, there.id()}) {
            assertThatThrownBy(() -> moves.move(cloud.administrator(), vm, to, MigrationGoal.DEFAULT))
                    .hasMessageContaining("it is pinned to host")
                    .extracting(refused -> ((YadoException) refused).code())
                    .isEqualTo(ErrorCode.MIGRATION_BLOCKED);
        }

        assertThat(pins.unpin(cloud.administrator(), vm).pinned()).isNull();
        assertThat(moved()).isEqualTo(there.id());
    }

    @Test
    void oneThatIsPinnedElsewhereMovesThereAndStays() {
        cloud.joined(cloud.host(64, 65_536));
        pins.pin(cloud.administrator(), vm, there.id());

        assertThat(moved()).as("not to the emptiest").isEqualTo(there.id());

        refused(ErrorCode.MIGRATION_BLOCKED, () -> moves.move(cloud.administrator(), vm, null, MigrationGoal.DEFAULT));
    }

    @Test
    void whoMayNotAndWhatIsNotThereIsRefused() {
        refused(ErrorCode.FORBIDDEN, () -> pins.pin(cloud.caller(), vm, null));
        refused(ErrorCode.FORBIDDEN, () -> pins.unpin(cloud.caller(), vm));
        refused(ErrorCode.NOT_FOUND, () -> pins.pin(cloud.administrator(), VmId.random(), null));
        refused(ErrorCode.NOT_FOUND, () -> pins.pin(cloud.administrator(), vm, HostId.random()));
        assertThat(controller.vms().get(cloud.caller(), vm).pinned()).isNull();
    }

    private HostId moved() {
        assertThat(TestingCloud.end(controller, moves.move(cloud.administrator(), vm, null, MigrationGoal.DEFAULT))
                        .status())
                .isEqualTo(OperationStatus.SUCCEEDED);
        return cloud.hostOf(controller.vms().get(cloud.caller(), vm)).id();
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .extracting(refused -> ((YadoException) refused).code())
                .isEqualTo(code);
    }
}
