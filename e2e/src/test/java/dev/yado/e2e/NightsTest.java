package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A VM to which much happens is backed up every night, and each night comes back in a guest of its own. */
@Tag("guest")
class NightsTest {
    private static final FileTree FILES = new FileTree("/mnt/vda/files");
    private static final int RESTORED_AT_ONCE = 5;

    private static Api tenant;

    private final List<Night> nights = new ArrayList<>();

    /** @param digest of the files that the guest had then */
    private record Night(Backup backup, String digest) {}

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("nights");
    }

    @Test
    void tenNightsComeBackAsTheyWereWhateverHappenedBetweenThem() throws Exception {
        Map<String, Object> request = Vm.request("long-lived");
        request.put("boot", Images.shared().directBoot());
        request.put("disks", List.of(Map.of("sizeGiB", 1)));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-guest: ready");

        write(vm, "mkdir old && cp -r /etc/. old");
        night(vm, "FULL");
        write(vm, "echo changed >>b2/f1 && rm b2/f2 && mv b2/f4 b2/f5 && chmod 400 b2/deep/er/f3");
        night(vm, "BITMAP");
        write(vm, "ln -s f1 b3/link && ln b3/f1 b3/hard");
        restarted(vm);
        night(vm, "BITMAP");
        write(vm, "rm -r b2");
        Cloud.shared().killAndAwaitSuccessor(Move.hostOf(vm));
        Cloud.shared().awaitAllHosts();
        night(vm, "BITMAP");
        write(vm, "dd if=/dev/zero of=b3/f4 bs=64k count=20 conv=notrunc 2>/dev/null");
        String to = Move.awayFrom(Move.hostOf(vm));
        Move.to(vm, to);
        night(vm, "COMPARE");
        write(vm, "dd if=/dev/urandom of=big bs=64k count=100 2>/dev/null");
        Cloud.shared().qemu(vm.id()).destroyForcibly();
        vm.awaitState("CRASHED");
        night(vm, "COMPARE");
        assertThat(consistency()).isEqualTo("CRASH");
        vm.done("start", Map.of());
        vm.awaitWords("disk vda boots=3");
        write(vm, "truncate -s 1M big && mkdir -p deep/deep/deep && mv old deep/deep/deep");
        vm.done("stop", Map.of("mode", "graceful", "timeoutSeconds", 60));
        night(vm, "BITMAP");
        assertThat(consistency()).isEqualTo("STOPPED");
        vm.done("disks/" + vm.show().at("/disks/0/id").asString() + "/resize", Map.of("sizeGiB", 2));
        vm.done("start", Map.of());
        vm.awaitWords("disk vda boots=4");
        assertThat(vm.words()).contains("disk vda 2147483648 bytes");
        write(vm, "dd if=/dev/urandom of=big bs=64k count=100 2>/dev/null");
        night(vm, "COMPARE");
        write(vm, "dd if=/dev/urandom of=big bs=64k count=200 2>/dev/null");
        aDaemonDiesMeanwhile(vm);
        write(vm, "rm -r deep b3 big");
        night(vm, "BITMAP");

        assertThat(nights).hasSize(10);
        vm.delete();
        for (int first = 0; first < nights.size(); first += RESTORED_AT_ONCE) {
            comeBack(first, Math.min(first + RESTORED_AT_ONCE, nights.size()));
        }
        nights.forEach(night -> night.backup().delete());
    }

    /** Files of the coming night, and what else becomes of those before. */
    private void write(Vm vm, String command) {
        try (Shell shell = Shell.at(vm)) {
            int night = nights.size() + 1;
            FILES.grow(shell, "b" + night, 20, 200);
            FILES.change(shell, command);
            digest = FILES.digest(shell);
        }
    }

    private String digest = "";

    private void night(Vm vm, String foundBy) {
        kept(Backup.of(vm), foundBy);
    }

    private void kept(Backup backup, String foundBy) {
        assertThat(backup.foundBy())
                .as("night %d: %s", nights.size() + 1, backup.show().toPrettyString())
                .containsExactly(foundBy);
        nights.add(new Night(backup, digest));
    }

    private String consistency() {
        return nights.getLast().backup().show().get("consistency").asString();
    }

    private void aDaemonDiesMeanwhile(Vm vm) {
        JsonNode slow = vm.begin("backups", Map.of("bandwidthMiBs", 2));
        String path = "/v1/backups/" + slow.get("targetId").asString();
        await("the backup to be copied")
                .atMost(Duration.ofSeconds(30))
                .until(() -> tenant.get(path).at("/progress/phase").asString("").equals("COPYING"));
        Cloud.shared().killAndAwaitSuccessor(Move.hostOf(vm));
        kept(Backup.taken(vm, slow), "BITMAP");
    }

    private static void restarted(Vm vm) {
        vm.done("stop", Map.of("mode", "graceful", "timeoutSeconds", 60));
        vm.done("start", Map.of());
        vm.awaitWords("disk vda boots=2");
    }

    private void comeBack(int first, int end) {
        List<JsonNode> begun = new ArrayList<>();
        for (int night = first; night < end; night++) {
            begun.add(nights.get(night)
                    .backup()
                    .beginRestore("night-" + (night + 1), night % 2 == 0 ? "instant" : "full"));
        }
        List<Vm> guests = begun.stream()
                .map(tenant::succeeded)
                .map(done -> new Vm(tenant, done.get("targetId").asString(), "restored"))
                .toList();
        for (int night = first; night < end; night++) {
            Vm vm = guests.get(night - first);
            vm.awaitWords("yado-guest: ready");
            try (Shell shell = Shell.at(vm)) {
                assertThat(FILES.digest(shell))
                        .as("night %d", night + 1)
                        .isEqualTo(nights.get(night).digest());
            }
        }
        guests.forEach(Vm::delete);
    }
}
