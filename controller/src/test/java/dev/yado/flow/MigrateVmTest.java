package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.MigrationGoal;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.VmMoves;
import dev.yado.vm.VmState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Moves between simulated hosts: wherever it is broken off, the guest runs once, on the host that the rows name, and nothing is left. */
@Timeout(60)
class MigrateVmTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica replica = cloud.replica();
    private final SimulatedHost one = cloud.host(16, 16_384);
    private final SimulatedHost two = cloud.host(16, 16_384);

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void movesARunningGuest() {
        VmId vm = cloud.running(replica);
        SimulatedHost from = hostOf(vm);

        OperationView view = move(vm, null);

        assertThat(view.status()).as("%s", view).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(hostOf(vm)).isNotEqualTo(from);
        assertThat(stateOf(vm)).isEqualTo(VmState.RUNNING);
        runsOnceWhereTheRowsSay(vm);
        assertThat(from.stateOf(vm)).isEqualTo(ObservedState.ABSENT);
    }

    private OperationView move(VmId vm, @org.jspecify.annotations.Nullable HostId to) {
        return end(replica, replica.part(VmMoves.class).move(cloud.administrator(), vm, to, MigrationGoal.DEFAULT));
    }

    private void runsOnceWhereTheRowsSay(VmId vm) {
        assertThat(cloud.witness().offences()).isEmpty();
        assertThat(cloud.witness().running()).containsExactly(vm);
        assertThat(cloud.witness().runsOf(vm)).isEqualTo(1);
        assertThat(hostOf(vm).stateOf(vm)).isEqualTo(ObservedState.RUNNING);
        assertThat(cloud.jdbc().queryForObject("SELECT count(*) FROM claim", Integer.class)).isZero();
        assertThat(cloud.jdbc().queryForObject("SELECT count(*) FROM migration WHERE state <> 'ENDED'", Integer.class))
                .isZero();
    }

    private SimulatedHost hostOf(VmId vm) {
        return cloud.hostOf(replica.vms().get(cloud.caller(), vm));
    }

    private VmState stateOf(VmId vm) {
        return replica.vms().get(cloud.caller(), vm).state();
    }
}
