package dev.yado.flow;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.OperationId;
import dev.yado.simulator.Fate;
import dev.yado.simulator.Faults;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host whose disk is wiped under an operation that waits for its word. */
@Timeout(120)
class ForgetfulHostTest {
    private final TestingCloud cloud = new TestingCloud();
    private final AtomicBoolean silent = new AtomicBoolean();
    private final SimulatedHost host = cloud.host(HostPlan.of("forgetful", 4, 4096, Accelerator.TCG)
            .withHeartbeat(Duration.ofMillis(200), Duration.ZERO)
            .withFaults(new Faults() {
                @Override
                public Fate ofCall() {
                    return Fate.ARRIVES;
                }

                @Override
                public Fate ofReport() {
                    return silent.get() ? new Fate.Lost() : Fate.ARRIVES;
                }
            }));

    @AfterEach
    void close() {
        cloud.close();
    }

    private OperationId createUntilItWaitsForTheReport(ControllerReplica replica) {
        OperationId created = replica.vms().create(cloud.caller(), TestingCloud.small());
        await("the operation to wait for the host's report")
                .atMost(30, SECONDS)
                .until(() -> cloud.jdbc()
                        .queryForList("SELECT step FROM operation WHERE id = ?", String.class, created.value())
                        .equals(List.of("SETTLE")));
        return created;
    }

    @Test
    void oneThatForgotBeforeItReportedIsToldAgain() throws InterruptedException {
        ControllerReplica replica = cloud.replica();
        await("the host to be known").atMost(30, SECONDS).until(this::known);
        silent.set(true);
        OperationId created = createUntilItWaitsForTheReport(replica);
        host.wipe();
        silent.set(false);

        assertThat(ended(replica, created).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(host.held()).hasSize(1);
    }

    @Test
    void oneThatForgotAfterItReportedEndsTheOperationInsteadOfLettingItWaitForHours() throws InterruptedException {
        host.holdWork(true);
        ControllerReplica replica = cloud.replica();
        OperationId created = createUntilItWaitsForTheReport(replica);
        await("the VM to be reported")
                .atMost(30, SECONDS)
                .until(() -> !cloud.jdbc()
                        .queryForList("SELECT id FROM vm WHERE observed_generation = 1")
                        .isEmpty());
        host.wipe();

        OperationView ended = ended(replica, created);
        assertThat(ended.status()).isEqualTo(OperationStatus.FAILED);
        assertThat(Objects.requireNonNull(ended.error()).code()).isEqualTo("VM_START_FAILED");
    }

    private boolean known() {
        return !cloud.jdbc()
                .queryForList("SELECT id FROM host WHERE lease_until > now()")
                .isEmpty();
    }

    private static OperationView ended(ControllerReplica replica, OperationId operation) throws InterruptedException {
        OperationView view =
                replica.operations().await(operation, Duration.ofSeconds(60)).orElseThrow();
        assertThat(view.status().ended()).as(view.toString()).isTrue();
        return view;
    }
}
