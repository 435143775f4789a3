package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static dev.yado.flow.TestingCloud.vm;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.operation.Verdict;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Ip;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.NewVm;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class PlacementTest {
    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();

    @AfterEach
    void close() {
        cloud.close();
    }

    private void hostsHaveJoined(int count) {
        await().atMost(10, SECONDS)
                .until(() -> cloud.jdbc().queryForList("SELECT 1 FROM host").size() == count);
    }

    @Test
    void parallelCreatesOnTwoReplicasNeverPromiseMoreThanAHostHas() throws Exception {
        // Room for 8 VMs of 256 MiB on each: 512 MiB are the host's own.
        cloud.host(64, 512 + 8 * 256);
        cloud.host(64, 512 + 8 * 256);
        hostsHaveJoined(2);
        ControllerReplica other = cloud.replica();

        List<Future<OperationId>> asked = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 40; i++) {
                NewVm vm = vm("parallel-" + i, 1, 256);
                ControllerReplica asks = i % 2 == 0 ? controller : other;
                asked.add(clients.submit(() -> asks.vms().create(cloud.caller(), vm)));
            }
        }

        await().atMost(30, SECONDS)
                .until(() -> count("SELECT count(*) FROM operation WHERE status = 'SUCCEEDED'") == 16);
        await().atMost(30, SECONDS).until(() -> count("SELECT count(*) FROM operation WHERE status = 'WAITING'") == 24);
        assertThat(count("SELECT max(sum) FROM (SELECT sum(memory_mib) FROM allocation GROUP BY host_id) s"))
                .isEqualTo(8 * 256);
        for (Future<OperationId> each : asked) {
            controller
                    .vms()
                    .delete(
                            cloud.caller(),
                            new VmId(controller
                                    .operations()
                                    .find(each.get())
                                    .orElseThrow()
                                    .targetId()));
        }
        await().atMost(30, SECONDS).until(() -> count("SELECT count(*) FROM vm") == 0);
        assertThat(count("SELECT count(*) FROM allocation")).isZero();
    }

    @Test
    void kvmAskedByNameWaitsWhereNoHostRunsIt() {
        cloud.host(4, 4096);
        hostsHaveJoined(1);

        OperationId id = controller.vms().create(cloud.caller(), with(vm("fast", 1, 256), AcceleratorChoice.KVM));

        OperationView waiting = await().atMost(10, SECONDS)
                .until(
                        () -> controller.operations().find(id).orElseThrow(),
                        view -> view.status() == OperationStatus.WAITING);
        assertThat(waiting.placement())
                .singleElement()
                .extracting(Verdict::rule)
                .isEqualTo("accelerator");

        SimulatedHost kvm = cloud.host(4, 4096, Accelerator.KVM);
        assertThat(end(controller, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
        assertThat(controller.fleet().hostOf(new VmId(waiting.targetId()))).contains(kvm.id());
    }

    @Test
    void aSilentHostIsGivenNothingNew() {
        SimulatedHost silent = cloud.host(4, 4096);
        hostsHaveJoined(1);
        silent.link(SimulatedHost.Link.CUT);
        await().atMost(10, SECONDS).until(() -> count("SELECT count(*) FROM host WHERE lease_until < now()") == 1);

        OperationId id = controller.vms().create(cloud.caller(), vm("patient", 1, 256));
        OperationView waiting = await().atMost(10, SECONDS)
                .until(
                        () -> controller.operations().find(id).orElseThrow(),
                        view -> view.status() == OperationStatus.WAITING);
        assertThat(waiting.placement())
                .singleElement()
                .extracting(Verdict::rule)
                .isEqualTo("host-alive");

        silent.link(SimulatedHost.Link.WORKS);
        assertThat(end(controller, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    @Test
    void aVmWithCardsGoesOnlyWhereItsNetworksAreCarried() {
        HostPlan plan = HostPlan.of("without", 4, 4096, Accelerator.TCG);
        cloud.host(plan.withNetwork(null));
        cloud.host(HostPlan.of("broken", 4, 4096, Accelerator.TCG)
                .withNetwork(new NetworkFacts("simulated", Ip.parse("192.0.2.1"), 1500, List.of(), "no br_netfilter")));
        cloud.host(HostPlan.of("lonely", 4, 4096, Accelerator.TCG)
                .withNetwork(new NetworkFacts("simulated", null, 1500, List.of(), null)));
        hostsHaveJoined(3);

        OperationId id = controller
                .vms()
                .create(cloud.caller(), TestingCloud.networked(cloud.network(controller, "10.0.0.0/24")));
        OperationView waiting = await().atMost(10, SECONDS)
                .until(
                        () -> controller.operations().find(id).orElseThrow(),
                        view -> view.status() == OperationStatus.WAITING);

        assertThat(waiting.placement()).extracting(Verdict::rule).containsOnly("networks");
        assertThat(waiting.placement())
                .extracting(Verdict::detail)
                .anySatisfy(detail -> assertThat(detail).contains("carries no networks"))
                .anySatisfy(detail -> assertThat(detail).contains("no br_netfilter"))
                .anySatisfy(detail -> assertThat(detail).contains("tunnelled"));
        cloud.host(4, 4096);
        assertThat(end(controller, id).status()).isEqualTo(OperationStatus.SUCCEEDED);
    }

    private static NewVm with(NewVm vm, AcceleratorChoice accelerator) {
        return new NewVm(
                vm.name(), vm.vcpus(), vm.memory(), vm.disks(), vm.boot(), accelerator, vm.autostart(), vm.start());
    }

    private long count(String sql) {
        Long count = cloud.jdbc().queryForObject(sql, Long.class);
        return count == null ? 0 : count;
    }
}
