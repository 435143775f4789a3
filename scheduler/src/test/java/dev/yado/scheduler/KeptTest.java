package dev.yado.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Mebibytes;
import dev.yado.scheduler.HostSnapshot.Resources;
import dev.yado.scheduler.Mobility.SharedPool;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeptTest {
    private static final List<String> OLD = List.of("qemu64", "Nehalem");
    private static final List<String> NEW = List.of("qemu64", "Nehalem", "Haswell");
    private static final UUID MARKER = UUID.randomUUID();

    @Test
    void disksAreMadeFromABackupOnlyWhereItsRepositoryIs() {
        Kept.Repository needed = new Kept.Repository("backups", UUID.randomUUID());
        Kept.Repository namesake = new Kept.Repository("backups", UUID.randomUUID());
        Kept restored = new Kept(null, new Kept.Cpu.Any(), List.of(), null, List.of(needed));

        assertThat(rules(empty(), restored)).containsExactly("repository");
        assertThat(rules(empty().with(Set.of(namesake)), restored)).containsExactly("repository");
        assertThat(rules(empty().with(Set.of(namesake, needed)), restored)).isEmpty();
        assertThat(rules(empty(), Kept.NOTHING)).isEmpty();
    }

    @Test
    void aVmPinnedToACpuModelGoesOnlyWhereThatIs() {
        Kept pinned = new Kept(null, new Kept.Cpu.Named("Haswell"), List.of());

        assertThat(rules(host("new CPU", NEW, "pc-q35-7.2"), pinned)).isEmpty();
        assertThat(rules(host("old CPU", OLD, "pc-q35-7.2"), pinned)).containsExactly("cpu-model");
    }

    @Test
    void aVmPinnedToNoCpuModelGoesOnlyToTheLikeOfItsHost() {
        HostSnapshot here = host("new CPU", NEW, "pc-q35-7.2");
        Kept unpinned = new Kept(null, new Kept.Cpu.Like(Accelerator.TCG, here.mobility()), List.of());

        assertThat(rules(host("another CPU", NEW, "pc-q35-7.2"), unpinned))
                .as("in software the processor is that of QEMU")
                .isEmpty();
        assertThat(rules(host("new CPU", OLD, "pc-q35-7.2"), unpinned)).containsExactly("cpu-model");
        Kept fast = new Kept(null, new Kept.Cpu.Like(Accelerator.KVM, here.mobility()), List.of());
        assertThat(rules(host("another CPU", NEW, "pc-q35-7.2"), fast)).containsExactly("cpu-model");
        assertThat(rules(host("new CPU", NEW, "pc-q35-7.2"), fast)).isEmpty();
    }

    @Test
    void aNewVmIsKeptFromHostsThatLackTheBaselineButNotFromThoseThatSayNothing() {
        Kept fresh = new Kept(null, new Kept.Cpu.Baseline(Map.of(Accelerator.TCG, "Haswell")), List.of());

        assertThat(rules(host("old CPU", OLD), fresh)).containsExactly("cpu-model");
        assertThat(rules(host("new CPU", NEW), fresh)).isEmpty();
        assertThat(rules(empty(), fresh)).isEmpty();
    }

    @Test
    void aVmPinnedToAHostGoesNowhereElse() {
        HostSnapshot here = host("cpu", OLD);
        HostSnapshot there = host("cpu", OLD);
        Kept pinned = new Kept(null, new Kept.Cpu.Any(), List.of(), here.id());

        assertThat(rules(here, pinned)).isEmpty();
        assertThat(rules(there, pinned)).containsExactly("pinned-host");
        assertThat(rules(there, pinned.with(new Kept.Cpu.Named("qemu64"))))
                .as("with another processor it is pinned all the same")
                .containsExactly("pinned-host");
    }

    @Test
    void disksAreCopiedFromASnapshotOnlyWhereItIs() {
        HostSnapshot here = host("cpu", OLD);
        Kept copied = new Kept(null, new Kept.Cpu.Any(), List.of(), null, List.of(), here.id());

        assertThat(rules(here, copied)).isEmpty();
        assertThat(rules(host("cpu", OLD), copied)).containsExactly("snapshot");
    }

    @Test
    void aGuestKeepsItsMachineType() {
        Kept pinned = new Kept("pc-q35-8.0", new Kept.Cpu.Any(), List.of());

        assertThat(rules(host("cpu", OLD, "pc-q35-7.2", "pc-q35-8.0"), pinned)).isEmpty();
        assertThat(rules(host("cpu", OLD, "pc-q35-7.2"), pinned)).containsExactly("machine-type");
        assertThat(rules(empty(), pinned)).containsExactly("machine-type");
    }

    @Test
    void aDiskInASharedPoolIsOpenedOnlyWhereThatVeryPoolIs() {
        assertThat(rules(pooled(pool("nfs", MARKER, 0, null)), made("nfs", MARKER)))
                .isEmpty();
        assertThat(rules(pooled(pool("nfs", UUID.randomUUID(), 0, null)), made("nfs", MARKER)))
                .as("another pool of the same name")
                .containsExactly("shared-pool");
        assertThat(rules(pooled(pool("nfs", MARKER, 0, "not mounted")), made("nfs", MARKER)))
                .containsExactly("shared-pool");
        assertThat(rules(pooled(pool("ceph", MARKER, 0, null)), made("nfs", MARKER)))
                .containsExactly("shared-pool");
    }

    @Test
    void aSharedPoolIsNotPromisedTwice() {
        Kept asked = new Kept(null, new Kept.Cpu.Any(), List.of(new Kept.InPool("nfs", null, new Mebibytes(400))));

        // 1000 MiB, twice as many may be promised.
        assertThat(rules(pooled(pool("nfs", MARKER, 1600, null)), asked)).isEmpty();
        assertThat(rules(pooled(pool("nfs", MARKER, 1601, null)), asked)).containsExactly("shared-pool");
        assertThat(rules(pooled(pool("nfs", MARKER, 2000, null)), made("nfs", MARKER)))
                .as("what is made already has its room")
                .isEmpty();
    }

    @Test
    void aHostInMaintenanceIsGivenNothing() {
        assertThat(rules(empty().inMaintenance(true), Kept.NOTHING)).containsExactly("in-service");
    }

    @Test
    void allReasonsAreSaidNotOnlyTheFirst() {
        Kept much = new Kept(
                "pc-q35-9.9", new Kept.Cpu.Named("Haswell"), List.of(new Kept.InPool("nfs", MARKER, Mebibytes.ZERO)));

        assertThat(rules(host("cpu", OLD, "pc-q35-7.2").inMaintenance(true), much))
                .containsExactly("in-service", "cpu-model", "machine-type", "shared-pool");
    }

    @Test
    void theBaselineIsTheBestModelThatAllHostsHave() {
        assertThat(CpuBaseline.best(List.of(NEW, OLD))).contains("Nehalem");
        assertThat(CpuBaseline.best(List.of(OLD, NEW))).contains("Nehalem");
        assertThat(CpuBaseline.best(List.of(NEW, NEW))).contains("Haswell");
        assertThat(CpuBaseline.best(List.of(NEW, List.of("EPYC")))).isEmpty();
        assertThat(CpuBaseline.best(List.of())).isEmpty();
    }

    @Test
    void silentHostsAndThoseInMaintenanceKeepTheBaselineNotLow() {
        HostSnapshot newer = host("new CPU", NEW);
        HostSnapshot older = host("old CPU", OLD);

        assertThat(baseline(newer, older)).isEqualTo("Nehalem");
        assertThat(baseline(newer, older.inMaintenance(true))).isEqualTo("Haswell");
        assertThat(baseline(newer, empty())).isEqualTo("Haswell");
    }

    private static String baseline(HostSnapshot... fleet) {
        return CpuBaseline.of(List.of(fleet), fleet[0].architecture(), Accelerator.TCG)
                .orElseThrow();
    }

    private static List<String> rules(HostSnapshot host, Kept kept) {
        return new Scheduler(PlacementPolicy.DEFAULT)
                .refusals(host, SchedulerTest.request(1, 1, 1).keeping(kept)).stream()
                        .map(HostVerdict.Refused::rule)
                        .toList();
    }

    private static HostSnapshot empty() {
        return SchedulerTest.host("h", SchedulerTest.resources(8, 65_536, 1000), Resources.NONE);
    }

    private static HostSnapshot host(String cpu, List<String> models, String... machineTypes) {
        return empty().with(new Mobility(
                cpu, Map.of(Accelerator.TCG, models, Accelerator.KVM, models), List.of(machineTypes), List.of()));
    }

    private static HostSnapshot pooled(SharedPool pool) {
        return empty().with(new Mobility("cpu", Map.of(), List.of(), List.of(pool)));
    }

    private static SharedPool pool(String name, UUID marker, long promised, @Nullable String problem) {
        return new SharedPool(name, marker, new Mebibytes(1000), new Mebibytes(promised), problem);
    }

    private static Kept made(String pool, UUID marker) {
        return new Kept(null, new Kept.Cpu.Any(), List.of(new Kept.InPool(pool, marker, Mebibytes.ZERO)));
    }
}
