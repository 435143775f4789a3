package dev.yado.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Architecture;
import dev.yado.protocol.HostId;
import dev.yado.protocol.Mebibytes;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.PlacementPolicy.Strategy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SchedulerTest {
    private static final PlacementPolicy EXACT = new PlacementPolicy(1.0, Mebibytes.ZERO, 1.0, Strategy.SPREAD);
    private static final PlacementRequest SMALL = request(1, 1024, 10);

    @Test
    void takesTheEmptiestHostWhenSpreading() {
        HostSnapshot half = host("half", resources(4, 8192, 100), resources(2, 4096, 0));
        HostSnapshot empty = host("empty", resources(4, 8192, 100), Resources.NONE);

        assertThat(place(EXACT, SMALL, half, empty)).isEqualTo(empty.id());
    }

    @Test
    void takesTheFullestHostThatFitsWhenPacking() {
        PlacementPolicy pack = new PlacementPolicy(1.0, Mebibytes.ZERO, 1.0, Strategy.PACK);
        HostSnapshot full = host("full", resources(4, 8192, 100), resources(4, 8192, 0));
        HostSnapshot half = host("half", resources(4, 8192, 100), resources(2, 4096, 0));
        HostSnapshot empty = host("empty", resources(4, 8192, 100), Resources.NONE);

        assertThat(place(pack, SMALL, full, half, empty)).isEqualTo(half.id());
    }

    @Test
    void saysForEachHostWhyItDoesNotFit() {
        HostSnapshot busy = host("busy", resources(2, 8192, 100), resources(2, 0, 0));
        HostSnapshot poor = host("poor", resources(2, 512, 100), Resources.NONE);
        HostSnapshot silent = silent(host("silent", resources(2, 8192, 100), Resources.NONE));

        Decision decision = new Scheduler(EXACT).place(new FleetSnapshot(List.of(busy, poor, silent)), SMALL);

        assertThat(decision).isInstanceOfSatisfying(Decision.NoHost.class, none -> {
            assertThat(none.verdicts())
                    .extracting(verdict -> ((HostVerdict.Refused) verdict).rule())
                    .containsExactly("vcpus", "memory", "host-alive");
            assertThat(none.verdicts())
                    .extracting(verdict -> ((HostVerdict.Refused) verdict).detail())
                    .containsExactly(
                            "has 0 of 2 vCPUs left, 1 needed",
                            "has 512 MiB of memory for guests in all, 1024 needed",
                            "has not reported for 42 s");
            assertThat(none.summary())
                    .isEqualTo(
                            "no host fits: 1 of 3 refused by host-alive, 1 of 3 refused by memory, 1 of 3 refused by vcpus");
        });
    }

    @Test
    void saysThatNoHostHasJoined() {
        Decision decision = new Scheduler(EXACT).place(new FleetSnapshot(List.of()), SMALL);

        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.NoHost.class,
                        none -> assertThat(none.summary()).isEqualTo("no host has joined yet"));
    }

    @Test
    void promisesMoreVcpusThanCpusByTheRatioOnly() {
        PlacementPolicy doubled = new PlacementPolicy(2.0, Mebibytes.ZERO, 1.0, Strategy.SPREAD);
        HostSnapshot host = host("h", resources(2, 8192, 100), resources(3, 0, 0));

        assertThat(fits(doubled, request(1, 1, 1), host)).isTrue();
        assertThat(fits(doubled, request(2, 1, 1), host)).isFalse();
    }

    @Test
    void keepsTheHostsOwnMemory() {
        PlacementPolicy reserve = new PlacementPolicy(1.0, new Mebibytes(1000), 1.0, Strategy.SPREAD);
        HostSnapshot host = host("h", resources(2, 2000, 100), Resources.NONE);

        assertThat(fits(reserve, request(1, 1000, 1), host)).isTrue();
        assertThat(fits(reserve, request(1, 1001, 1), host)).isFalse();
    }

    @Test
    void refusesAnotherArchitecture() {
        HostSnapshot host = host("h", resources(2, 2000, 100), Resources.NONE);
        PlacementRequest arm = new PlacementRequest(resources(1, 1, 1), Architecture.AARCH64, AcceleratorChoice.AUTO);

        assertThat(fits(EXACT, arm, host)).isFalse();
    }

    @Test
    void refusesKvmWhereItCannotRun() {
        HostSnapshot host = host("h", resources(2, 2000, 100), Resources.NONE);

        assertThat(fits(EXACT, accelerated(AcceleratorChoice.KVM), host)).isFalse();
        assertThat(fits(EXACT, accelerated(AcceleratorChoice.TCG), host)).isTrue();
        assertThat(fits(EXACT, accelerated(AcceleratorChoice.AUTO), host)).isTrue();
    }

    @Test
    void prefersHardwareSpeedOverAnEmptierHost() {
        HostSnapshot empty = host("empty", resources(4, 8192, 100), Resources.NONE);
        HostSnapshot fast = withKvm(host("fast", resources(4, 8192, 100), resources(3, 6000, 0)));

        assertThat(place(EXACT, accelerated(AcceleratorChoice.AUTO), empty, fast))
                .isEqualTo(fast.id());
        assertThat(place(EXACT, accelerated(AcceleratorChoice.TCG), empty, fast))
                .isEqualTo(empty.id());
    }

    private static HostId place(PlacementPolicy policy, PlacementRequest request, HostSnapshot... hosts) {
        Decision decision = new Scheduler(policy).place(new FleetSnapshot(Arrays.asList(hosts)), request);
        return ((Decision.Placed) decision).host();
    }

    private static boolean fits(PlacementPolicy policy, PlacementRequest request, HostSnapshot host) {
        return new Scheduler(policy).place(new FleetSnapshot(List.of(host)), request) instanceof Decision.Placed;
    }

    static PlacementRequest request(int vcpus, long memoryMiB, long diskMiB) {
        return new PlacementRequest(resources(vcpus, memoryMiB, diskMiB), Architecture.X86_64, AcceleratorChoice.TCG);
    }

    private static PlacementRequest accelerated(AcceleratorChoice choice) {
        return new PlacementRequest(resources(1, 1, 1), Architecture.X86_64, choice);
    }

    static Resources resources(int vcpus, long memoryMiB, long diskMiB) {
        return new Resources(vcpus, new Mebibytes(memoryMiB), new Mebibytes(diskMiB));
    }

    static HostSnapshot host(String name, Resources capacity, Resources allocated) {
        return new HostSnapshot(
                HostId.random(),
                name,
                true,
                Duration.ofSeconds(1),
                Architecture.X86_64,
                Set.of(Accelerator.TCG),
                Accelerator.TCG,
                capacity,
                allocated);
    }

    private static HostSnapshot silent(HostSnapshot host) {
        return new HostSnapshot(
                host.id(),
                host.name(),
                false,
                Duration.ofSeconds(42),
                host.architecture(),
                host.runnable(),
                host.preferred(),
                host.capacity(),
                host.allocated());
    }

    private static HostSnapshot withKvm(HostSnapshot host) {
        return new HostSnapshot(
                host.id(),
                host.name(),
                host.alive(),
                host.silence(),
                host.architecture(),
                Set.of(Accelerator.KVM, Accelerator.TCG),
                Accelerator.KVM,
                host.capacity(),
                host.allocated());
    }
}
