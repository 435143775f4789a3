package dev.yado.reconcile;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.VmId;
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
    void aHostThatRefusesForGoodIsToldOfAndTheAlertEndsWhenItTakesSomethingNewer() {
        SimulatedHost host = cloud.host(4, 4096);
        ControllerReplica replica = cloud.replica();
        VmId vm = cloud.running(replica);
        cloud.refuseSpecs(true);
        cloud.jdbc().update("UPDATE vm SET generation = generation + 1 WHERE id = ?", vm.value());

        await().atMost(30, SECONDS).until(() -> alerts(vm).size() == 1);
        assertThat(alerts(vm).getFirst())
                .contains(host.id().toString())
                .contains("INVALID_REQUEST")
                .contains("does not know such a spec");

        cloud.refuseSpecs(false);
        cloud.jdbc().update("UPDATE vm SET generation = generation + 1 WHERE id = ?", vm.value());
        await().atMost(30, SECONDS).until(() -> alerts(vm).isEmpty());
    }
}
