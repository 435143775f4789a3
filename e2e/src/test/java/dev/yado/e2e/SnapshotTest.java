package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a guest had at one instant: in another guest, in the same one again, and nowhere else in the end. */
@Tag("guest")
class SnapshotTest {
    private static final FileTree FILES = new FileTree("/mnt/vdb/files");

    private static Api tenant;

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("snapshots");
    }

    @Test
    void whatAGuestHadIsInItsCloneAndOnAnotherHostInItselfAgainAndBothGoOnWithoutTheSnapshot() throws Exception {
        Map<String, Object> request = Vm.request("first");
        request.put("disks", List.of(Map.of("imageId", Images.shared().disk(), "sizeGiB", 1), Map.of("sizeGiB", 1)));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        String before;
        String after;
        Snapshot snapshot;
        try (Shell shell = Shell.at(vm)) {
            FILES.grow(shell, "old", 40, 600);
            shell.run("echo of-the-root-disk >/root/word; sync");
            before = FILES.digest(shell);
            snapshot = Snapshot.of(vm);
            FILES.change(shell, "rm old/f1 && echo more >>old/f2 && mv old/f5 old/deep && mkdir new && cp old/f* new");
            shell.run("echo of-later >/root/word; sync");
            after = FILES.digest(shell);
        }
        assertThat(after).isNotEqualTo(before);

        Vm copy = snapshot.copied("second");

        comesBack(copy, before);
        try (Shell shell = Shell.at(copy)) {
            FILES.change(shell, "rm -r old && echo mine >mine");
        }
        assertThat(digest(vm)).isEqualTo(after);
        vm.done("migrate", Map.of());
        assertThat(digest(vm)).isEqualTo(after);
        vm.done("stop", Map.of("mode", "hard"));

        snapshot.revert();

        vm.done("start", Map.of());
        comesBack(vm, before);
        snapshot.delete();
        assertThat(Cloud.shared().filesOf(vm.id()))
                .filteredOn(file -> file.toString().endsWith(".qcow2"))
                .hasSize(2);
        assertThat(digest(vm)).isEqualTo(before);
        vm.delete();
        copy.done("reboot", Map.of());
        copy.awaitWordsTimes("yado-guest: ready", 2);
        try (Shell shell = Shell.at(copy)) {
            assertThat(shell.run("cd /mnt/vdb/files; echo has-$(ls)-$(cat mine); cd /"))
                    .contains("has-mine-mine");
        }
        copy.delete();
    }

    private static void comesBack(Vm vm, String digest) {
        vm.awaitWords("yado-guest: root boots=2");
        vm.awaitState("RUNNING");
        try (Shell shell = Shell.at(vm)) {
            assertThat(shell.run("cat /root/word")).contains("of-the-root-disk");
            assertThat(FILES.digest(shell)).isEqualTo(digest);
        }
    }

    private static String digest(Vm vm) {
        try (Shell shell = Shell.at(vm)) {
            return FILES.digest(shell);
        }
    }
}
