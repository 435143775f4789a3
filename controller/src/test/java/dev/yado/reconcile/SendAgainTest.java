package dev.yado.reconcile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.CallFence;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.simulator.SimulatedHost;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class SendAgainTest {
    private final TestingCloud cloud = new TestingCloud();

    @AfterEach
    void close() {
        cloud.close();
    }

    private List<String> alerts(VmId vm) {
        return cloud.jdbc()
                .queryForList(
                        "SELECT detail FROM alert WHERE code = 'HOST_REFUSES_VM' AND subject_id = ? AND ended_at IS NULL",
                        String.class,
                        vm.toString());
    }

    @Test
    void aHostThatRefusesForGoodIsToldOnceAndTheAlertEndsWhenItTakesSomethingNewer() {
        SimulatedHost host = cloud.host(4, 4096);
        ControllerReplica replica = cloud.replica();
        VmId vm = cloud.running(replica);
        // The host knows a newer permission to run than the controller does, as after a restored database.
        host.put(new CallFence(OperationId.random(), "elsewhere", 1), spec(replica, vm, 2, 9));
        cloud.jdbc().update("UPDATE vm SET generation = 3 WHERE id = ?", vm.value());

        await().atMost(30, SECONDS).until(() -> alerts(vm).size() == 1);
        assertThat(alerts(vm).getFirst()).contains("STALE_GENERATION").contains("run epoch");

        cloud.jdbc().update("UPDATE vm SET generation = 4, run_epoch = 9 WHERE id = ?", vm.value());
        await().atMost(30, SECONDS).until(() -> alerts(vm).isEmpty());
    }

    private VmSpec spec(ControllerReplica replica, VmId vm, long generation, long runEpoch) {
        VmSpec now = replica.spec(vm);
        VmShape shape = now.shape();
        return new VmSpec(
                vm,
                now.tenantId(),
                now.name(),
                generation,
                runEpoch,
                DesiredState.RUNNING,
                StopPolicy.HARD,
                now.reboots(),
                shape,
                now.autostart());
    }
}
