package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** From a file that a guest has written to the same file in another guest, when the first is gone. */
@Tag("guest")
class BackupTest {
    private static final long MIB = 1 << 20;
    private static final FileTree FILES = new FileTree("/mnt/vdb/files");

    private static Api tenant;

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("backups");
    }

    @Test
    void aVmThatIsGoneComesBackAtOnceOrWholeAsItWasAtEitherBackup() throws Exception {
        Map<String, Object> request = Vm.request("kept");
        request.put("disks", List.of(Map.of("imageId", Images.shared().disk(), "sizeGiB", 1), Map.of("sizeGiB", 1)));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");
        String before;
        String after;
        Backup full;
        Backup incremental;
        try (Shell shell = Shell.at(vm)) {
            FILES.grow(shell, "first", 60, 600);
            shell.run("echo of-the-root-disk >/root/word; sync");
            before = FILES.digest(shell);
            full = Backup.of(vm);
            FILES.change(
                    shell,
                    "rm first/f1 && echo more >>first/f2 && chmod 600 first/f4 && mv first/f5 first/deep && echo single >word");
            after = FILES.digest(shell);
            incremental = Backup.of(vm);
        }

        assertThat(full.foundBy()).containsExactly("FULL", "FULL");
        assertThat(full.bytes("storedBytes")).isBetween(15 * MIB, 120 * MIB);
        assertThat(incremental.foundBy()).containsExactly("BITMAP", "BITMAP");
        assertThat(incremental.bytes("readBytes")).isLessThan(12 * MIB);
        assertThat(incremental.bytes("storedBytes")).isLessThan(2 * MIB);
        vm.delete();
        assertThat(Cloud.shared().filesOf(vm.id())).isEmpty();
        hasSingleFiles(incremental);

        Vm atOnce = incremental.restore("kept", "instant");
        Vm whole = full.restore("kept-before", "full");

        comesBack(atOnce, after);
        comesBack(whole, before);
        await("all of it to have come")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(atOnce.show().has("restoring")).isFalse());
        assertThat(atOnce.show().has("restoredAt")).isTrue();
        full.delete();
        incremental.delete();
        assertThat(manifests()).noneMatch(file -> file.contains(full.id()) || file.contains(incremental.id()));
        try (Shell shell = Shell.at(atOnce)) {
            assertThat(FILES.digest(shell)).isEqualTo(after);
        }
        atOnce.delete();
        whole.delete();
    }

    private static void hasSingleFiles(Backup backup) {
        String files = "/v1/backups/" + backup.id() + "/files";
        assertThat(paths(tenant.get(files))).contains("0", "0p2", "1");
        assertThat(paths(tenant.get(files + "?path=1"))).contains("1/files", "1/lost+found");
        assertThat(paths(tenant.get(files + "?path=1/files")))
                .containsExactlyInAnyOrder("1/files/first", "1/files/word");
        assertThat(tenant.text(files + "/content?path=1/files/word")).isEqualTo("single\n");
        assertThat(tenant.call("GET", files + "/content?path=1/files/none", null)
                        .status())
                .isEqualTo(404);
    }

    private static List<String> paths(JsonNode listing) {
        return listing.get("items")
                .valueStream()
                .map(item -> item.get("path").asString())
                .toList();
    }

    private static void comesBack(Vm vm, String digest) {
        vm.awaitWords("yado-guest: root boots=2");
        vm.awaitWords("yado-guest: ready");
        try (Shell shell = Shell.at(vm)) {
            assertThat(shell.run("cat /root/word")).contains("of-the-root-disk");
            assertThat(FILES.digest(shell)).isEqualTo(digest);
        }
    }

    private static List<String> manifests() throws Exception {
        Path backups = Cloud.shared().state().resolve("backups/backups");
        try (Stream<Path> files = Files.list(backups)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
