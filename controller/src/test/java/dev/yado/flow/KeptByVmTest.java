package dev.yado.flow;

import static dev.yado.flow.TestingCloud.end;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.host.HostView;
import dev.yado.operation.OperationStatus;
import dev.yado.operation.OperationView;
import dev.yado.operation.Verdict;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.GuestModel;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.MigrationFacts.SharedPool;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmId;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import dev.yado.vm.NewVm;
import dev.yado.vm.VmRecords;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a VM is pinned to, and what hosts must have for it. */
@Timeout(90)
class KeptByVmTest {
    private static final List<String> OLD = List.of("qemu64", "Nehalem");
    private static final List<String> NEW = List.of("qemu64", "Nehalem", "Haswell");

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void whatAHostSaysOfMovesIsKept() {
        SharedPool pool = new SharedPool("nfs", UUID.randomUUID(), new Mebibytes(4096), new Mebibytes(1000), null);
        MigrationFacts facts = facts(NEW, pool);
        SimulatedHost host = host("one", facts);

        HostView shown = controller.hosts().get(cloud.administrator(), host.id());

        assertThat(shown.migration()).isEqualTo(facts);
        assertThat(shown.maintenance()).isNull();
    }

    @Test
    void aNewVmIsPinnedToWhatAllHostsHave() {
        host("old", facts(OLD));
        host("new", facts(NEW));
        await().atMost(10, SECONDS).until(() -> joined() == 2);

        VmId vm = cloud.running(controller);

        assertThat(Objects.requireNonNull(spec(vm)).cpuModel()).isEqualTo("Nehalem");
    }

    @Test
    void aVmStaysUnpinnedWhereHostsSayNothing() {
        cloud.host(HostPlan.of("silent", 8, 8192, Accelerator.TCG).withMigration(null));

        VmId vm = cloud.running(controller);

        assertThat(spec(vm)).isNull();
    }

    @Test
    void theMachineTypeOfTheFirstRunIsPinnedByTheNextSpecAndNotUnderTheSame() {
        host("one", facts(NEW));
        VmId vm = cloud.running(controller);
        assertThat(Objects.requireNonNull(spec(vm)).machineType())
                .as("the host has been told this generation without one")
                .isNull();

        end(controller, controller.vms().stop(cloud.caller(), vm, StopPolicy.HARD));

        assertThat(Objects.requireNonNull(spec(vm)).machineType()).isEqualTo("pc-q35-7.2");
    }

    @Test
    void aVmGoesWhereItsSharedPoolIsAndTakesThePoolsRoomNotTheHosts() {
        UUID marker = UUID.randomUUID();
        cloud.host(64, 65_536);
        SimulatedHost pooled = host("pooled", facts(NEW, pool(marker, 2048)));
        await().atMost(10, SECONDS).until(() -> joined() == 2);

        OperationView created = end(controller, controller.vms().create(cloud.caller(), inPool("first", 3)));

        VmId vm = new VmId(created.targetId());
        assertThat(controller.fleet().hostOf(vm)).contains(pooled.id());
        assertThat(number("SELECT disk_mib FROM allocation")).isZero();
        assertThat(cloud.jdbc().queryForObject("SELECT pool_marker FROM vm_disk", UUID.class))
                .isEqualTo(marker);
        assertThat(controller
                        .part(VmRecords.class)
                        .spec(vm)
                        .orElseThrow()
                        .shape()
                        .disks()
                        .getFirst()
                        .pool())
                .isEqualTo("nfs");
    }

    @Test
    void aFullSharedPoolMakesVmsWaitOnAllItsHosts() {
        UUID marker = UUID.randomUUID();
        host("one", facts(NEW, pool(marker, 2048)));
        host("two", facts(NEW, pool(marker, 2048)));
        await().atMost(10, SECONDS).until(() -> joined() == 2);

        // 2 GiB, of which twice as many may be promised: three and one more, but not two.
        end(controller, controller.vms().create(cloud.caller(), inPool("first", 3)));
        OperationId waits = controller.vms().create(cloud.caller(), inPool("second", 2));
        await().atMost(10, SECONDS)
                .until(() -> controller
                        .operations()
                        .find(waits)
                        .filter(view -> view.status() == OperationStatus.WAITING)
                        .isPresent());

        assertThat(controller.operations().find(waits).orElseThrow().placement())
                .extracting(Verdict::rule)
                .containsExactly("shared-pool", "shared-pool");
        end(controller, controller.vms().create(cloud.caller(), inPool("third", 1)));
    }

    private static NewVm inPool(String name, long gibibytes) {
        NewVm plain = TestingCloud.vm(name, 1, 256);
        return new NewVm(
                name,
                plain.vcpus(),
                plain.memory(),
                List.of(new NewVm.Disk(null, Mebibytes.ofGibibytes(gibibytes), "nfs")),
                plain.boot(),
                plain.accelerator(),
                null,
                true);
    }

    private @Nullable GuestModel spec(VmId vm) {
        return controller.part(VmRecords.class).spec(vm).orElseThrow().model();
    }

    private SimulatedHost host(String name, MigrationFacts facts) {
        SimulatedHost host =
                cloud.host(HostPlan.of(name, 64, 65_536, Accelerator.TCG).withMigration(facts));
        await().atMost(10, SECONDS)
                .until(() -> number("SELECT count(*) FROM host WHERE id = '" + host.id() + "'") == 1);
        return host;
    }

    private int joined() {
        return Math.toIntExact(number("SELECT count(*) FROM host"));
    }

    private long number(String query) {
        return Objects.requireNonNull(cloud.jdbc().queryForObject(query, Long.class));
    }

    private static MigrationFacts facts(List<String> models, SharedPool... pools) {
        return new MigrationFacts(
                "certificates",
                List.of("pc-q35-7.2"),
                Map.of(Accelerator.TCG, models),
                "CPU of " + models,
                List.of(pools),
                true);
    }

    private static SharedPool pool(UUID marker, long sizeMiB) {
        return new SharedPool("nfs", marker, new Mebibytes(sizeMiB), new Mebibytes(sizeMiB), null);
    }
}
