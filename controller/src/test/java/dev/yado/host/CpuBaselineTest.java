package dev.yado.host;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.Caller;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.simulator.HostPlan;
import dev.yado.simulator.SimulatedHost;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class CpuBaselineTest {
    private static final List<String> OLD = List.of("qemu64", "Nehalem");
    private static final List<String> NEW = List.of("qemu64", "Nehalem", "Haswell");

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void saysWhichHostKeepsTheBaselineLowAndWhichGuestsCannotGoThere() {
        host("new-1", NEW);
        host("new-2", NEW);
        VmId early = cloud.running(controller);
        host("old", OLD);

        CpuCompat found = compat();

        assertThat(baseline(found).model()).isEqualTo("Nehalem");
        assertThat(baseline(found).keptLowBy()).singleElement().satisfies(low -> {
            assertThat(low.name()).isEqualTo("old");
            assertThat(low.best()).isEqualTo("Nehalem");
            assertThat(low.otherwise()).isEqualTo("Haswell");
        });
        assertThat(found.guests()).singleElement().satisfies(guests -> {
            assertThat(guests.model()).isEqualTo("Haswell");
            assertThat(guests.some()).extracting(CpuCompat.Guest::id).containsExactly(early);
            assertThat(guests.notOn()).extracting(CpuCompat.Named::name).containsExactly("old");
            assertThat(guests.possibleOn()).isEqualTo(2);
        });
    }

    @Test
    void anAdministratorSetsItAheadOfAHostThatIsStillToCome() {
        host("new", NEW);
        assertThat(baseline(compat()).model()).isEqualTo("Haswell");

        set("Nehalem", false);
        VmId vm = cloud.running(controller);

        assertThat(baseline(compat()).model()).isEqualTo("Nehalem");
        assertThat(baseline(compat()).computed()).isEqualTo("Haswell");
        assertThat(model(vm)).isEqualTo("Nehalem");
        set(null, false);
        assertThat(model(cloud.running(controller))).isEqualTo("Haswell");
        assertThat(model(vm)).as("who is pinned stays so").isEqualTo("Nehalem");
    }

    @Test
    void aModelThatHostsLackIsRefusedUnlessThatIsMeantAndThenTheyGetNoNewVms() {
        host("old", OLD);
        host("new", NEW);

        assertThatThrownBy(() -> set("EPYC", true)).satisfies(refused -> code(refused, ErrorCode.INVALID_REQUEST));
        assertThatThrownBy(() -> set("Haswell", false))
                .hasMessageContaining("old")
                .satisfies(refused -> code(refused, ErrorCode.CONFLICT));

        set("Haswell", true);
        for (int i = 0; i < 3; i++) {
            VmId vm = cloud.running(controller);
            assertThat(model(vm)).isEqualTo("Haswell");
            assertThat(cloud.hostOf(controller.vms().get(cloud.caller(), vm)).name())
                    .isEqualTo("new");
        }
    }

    @Test
    void aVmThatIsPinnedToNoModelGoesToTheLikeOfItsHostOnly() {
        SimulatedHost here = host("here", NEW);
        VmId vm = cloud.running(controller);
        cloud.jdbc().update("UPDATE vm SET cpu_model = NULL WHERE id = ?", vm.value());
        host("like", NEW);
        host("unlike", OLD);

        assertThat(controller.part(CpuCompats.class).explain(here.id()).guests())
                .singleElement()
                .satisfies(guests -> {
                    assertThat(guests.model()).isNull();
                    assertThat(guests.notOn()).extracting(CpuCompat.Named::name).containsExactly("unlike");
                });
    }

    private static void code(Throwable thrown, ErrorCode code) {
        assertThat(((YadoException) thrown).code()).isEqualTo(code);
    }

    private void set(@Nullable String model, boolean someMayLack) {
        controller
                .part(CpuBaselines.class)
                .set(new Caller.Administrator(null), Architecture.X86_64, Accelerator.TCG, model, someMayLack);
    }

    private CpuCompat compat() {
        return controller.part(CpuCompats.class).explain(null);
    }

    private static CpuCompat.Baseline baseline(CpuCompat found) {
        return found.baselines().stream()
                .filter(baseline -> baseline.accelerator() == Accelerator.TCG)
                .findFirst()
                .orElseThrow();
    }

    private @Nullable String model(VmId vm) {
        return cloud.jdbc().queryForObject("SELECT cpu_model FROM vm WHERE id = ?", String.class, vm.value());
    }

    private SimulatedHost host(String name, List<String> models) {
        SimulatedHost host = cloud.host(HostPlan.of(name, 64, 65_536, Accelerator.TCG)
                .withMigration(new MigrationFacts(
                        "certificates",
                        List.of("pc-q35-7.2"),
                        Map.of(Accelerator.TCG, models),
                        "CPU",
                        List.of(),
                        true)));
        await().atMost(10, SECONDS)
                .until(() -> !cloud.jdbc()
                        .queryForList(
                                "SELECT 1 FROM host WHERE id = ?", host.id().value())
                        .isEmpty());
        return host;
    }
}
