package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Disks that go with their guest, running or not, and what a plan says. By hand: {@code -Dtest.groups=moves}. */
@Tag("moves")
class MigrationDisksTest {
    private static Api tenant;

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("movers-with-disks");
    }

    private static Vm guest(String name, List<Map<String, Object>> disks) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", Images.shared().directBoot());
        request.put("disks", disks);
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        return vm;
    }

    @Test
    void itsDisksGoWithItWhileItWritesToThem() throws Exception {
        Vm vm = guest("writer", List.of(Map.of("sizeGiB", 1), Map.of("sizeGiB", 1, "pool", "shared")));
        vm.awaitWords("disk vdb boots=1");
        String to = Move.awayFrom(Move.hostOf(vm));
        try (BeaconWitness witness = new BeaconWitness(Cloud.shared(), vm)) {
            try (Shell shell = Shell.at(vm)) {
                for (String disk : List.of("vda", "vdb")) {
                    shell.run("cd /mnt/" + disk + " && dd if=/dev/urandom of=before bs=64k count=200 2>/dev/null"
                            + " && sync && sha256sum before >sums && sync");
                }
                shell.run(
                        "(while :; do for d in vda vdb; do date +%s.%N >>/mnt/$d/log; dd if=/dev/urandom of=/mnt/$d/churn"
                                + " bs=16k count=8 conv=fsync 2>/dev/null; done; done) & echo $! >/run/churn");
            }
            Move.to(vm, to);
            Move.isWhollyOn(vm, to);
            try (Shell shell = Shell.at(vm)) {
                shell.run("kill $(cat /run/churn)");
                shell.run("sync; echo 3 >/proc/sys/vm/drop_caches");
                for (String disk : List.of("vda", "vdb")) {
                    assertThat(shell.run("cd /mnt/" + disk + " && sha256sum -c sums"))
                            .contains("before: OK");
                    assertThat(shell.run("cd / && umount /mnt/" + disk + " && mount -t ext4 /dev/" + disk + " /mnt/"
                                    + disk + " && wc -l </mnt/" + disk + "/log && dmesg | grep -ci 'ext4.*error'"))
                            .as(disk)
                            .contains("\n0");
                }
            }
            witness.ranOnceAndForward();
        }
        vm.delete();
    }

    @Test
    void aStoppedOneMovesWithItsDisksAndStartsThere() throws Exception {
        Vm vm = guest("sleeper", List.of(Map.of("sizeGiB", 1)));
        try (Shell shell = Shell.at(vm)) {
            shell.run("echo kept >/mnt/vda/word && sync");
        }
        vm.done("stop", Map.of("mode", "hard"));
        String to = Move.awayFrom(Move.hostOf(vm));

        Move.to(vm, to);

        assertThat(Move.hostOf(vm)).isEqualTo(to);
        assertThat(vm.state()).isEqualTo("STOPPED");
        assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
        vm.done("start", Map.of());
        vm.awaitWords("disk vda boots=2");
        try (Shell shell = Shell.at(vm)) {
            assertThat(shell.run("cat /mnt/vda/word")).contains("kept");
        }
        Move.isWhollyOn(vm, to);
        vm.delete();
    }

    @Test
    void aPlanSaysWhatItWouldBeLikeAndChangesNothing() {
        Vm vm = guest("planned", List.of());
        String from = Move.hostOf(vm);

        JsonNode plan = Cloud.shared()
                .admin()
                .post("/v1/vms/" + vm.id() + "/migrate?dryRun=plan", Map.of("hostId", Move.idOf(Move.awayFrom(from))));

        assertThat(plan.toString()).contains("\"forecast\"");
        assertThat(Move.hostOf(vm)).isEqualTo(from);
        assertThat(vm.state()).isEqualTo("RUNNING");
        vm.delete();
    }
}
