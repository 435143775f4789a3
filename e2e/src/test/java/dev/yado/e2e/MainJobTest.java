package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** From {@code POST /v1/vms} to a guest that speaks, and back to nothing. */
@Tag("guest")
class MainJobTest {
    private static Api tenant;

    @BeforeAll
    static void aTenant() {
        tenant = Cloud.shared().admin().newTenant("main-job");
    }

    @Test
    void bootsFromADiskImageWithTheAskedProcessorsMemoryAndDisks() {
        Map<String, Object> request = Vm.request("from-disk");
        request.put("vcpus", 2);
        request.put("memoryMiB", 512);
        request.put("disks", List.of(Map.of("imageId", Images.shared().disk(), "sizeGiB", 2), Map.of("sizeGiB", 1)));
        Vm vm = Vm.create(tenant, request);

        vm.awaitWords("yado-guest: ready cpus=2 ");
        assertThat(memoryMiB(vm.words())).isBetween(400, 512);
        assertThat(vm.words())
                .contains("yado-guest: disk vda 2147483648 bytes root")
                .contains("yado-guest: disk vdb 1073741824 bytes mounted /mnt/vdb");

        vm.done("stop", Map.of("mode", "graceful", "timeoutSeconds", 60));
        assertThat(vm.state()).isEqualTo("STOPPED");
        vm.done("start", Map.of());
        vm.awaitWords("yado-guest: root boots=2");
        vm.awaitWords("yado-guest: disk vdb boots=2");
        vm.delete();
    }

    @Test
    void leavesNoProcessFileOrRowWhenDeleted() throws Exception {
        Vm vm = Vm.directBoot(tenant, "to-delete");
        assertThat(Cloud.shared().qemus(vm.id())).hasSize(1);

        vm.delete();

        assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
        assertThat(tenant.call("GET", "/v1/vms/" + vm.id(), null).status()).isEqualTo(404);
        try (Stream<Path> files = Files.walk(Cloud.shared().state().resolve("hosts"))) {
            assertThat(files.filter(file -> file.toString().contains(vm.id()))
                            .filter(file -> file.toString().endsWith(".qcow2")
                                    || file.toString().endsWith("spec.json")
                                    || file.toString().endsWith(".sock"))
                            .toList())
                    .isEmpty();
        }
    }

    @Test
    void stopsAGuestThatDoesNotListenWhenItsTimeIsUp() {
        Map<String, Object> request = Vm.request("deaf");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1)));
        request.put("accelerator", "tcg");
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-boot-sector: hello");

        vm.done("stop", Map.of("mode", "graceful", "timeoutSeconds", 1));

        assertThat(vm.state()).isEqualTo("STOPPED");
        assertThat(vm.reason()).contains("GRACEFUL_TIMEOUT");
        assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
        vm.delete();
    }

    @Test
    void stopsHardAtOnce() {
        Vm vm = Vm.directBoot(tenant, "hard");

        vm.done("stop", Map.of("mode", "hard"));

        assertThat(vm.state()).isEqualTo("STOPPED");
        assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
        vm.delete();
    }

    @Test
    void aHardStopOvertakesAGracefulOne() {
        Map<String, Object> request = Vm.request("overtaken");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1)));
        Vm vm = Vm.create(tenant, request);
        vm.awaitWords("yado-boot-sector: hello");
        JsonNode graceful = vm.begin("stop", Map.of("mode", "graceful", "timeoutSeconds", 3600));

        vm.done("stop", Map.of("mode", "hard"));

        assertThat(Cloud.shared().qemus(vm.id())).isEmpty();
        assertThat(tenant.ended(graceful.get("id").asString(), Duration.ofSeconds(10))
                        .get("status")
                        .asString())
                .isEqualTo("CANCELLED");
        vm.delete();
    }

    @Test
    void rebootsPausesAndResumes() {
        Vm vm = Vm.directBoot(tenant, "reboot-pause");
        long qemu = Cloud.shared().qemu(vm.id()).pid();

        vm.done("reboot", Map.of());
        vm.awaitWordsTimes("yado-guest: ready", 2);
        assertThat(Cloud.shared().qemu(vm.id()).pid()).isEqualTo(qemu);

        vm.done("pause", Map.of());
        assertThat(vm.state()).isEqualTo("PAUSED");
        long still = vm.lastBeacon();
        await("three looks at a beacon that stands still")
                .pollDelay(Duration.ofSeconds(1))
                .atMost(Duration.ofSeconds(5))
                .until(() -> vm.lastBeacon() == still);

        vm.done("resume", Map.of());
        assertThat(vm.state()).isEqualTo("RUNNING");
        vm.awaitBeaconBeyond(still);
        vm.delete();
    }

    @Test
    void hearsWhatIsTypedOnTheConsole() throws Exception {
        Vm vm = Vm.directBoot(tenant, "console");

        try (Console console = new Console(vm)) {
            console.type("echo answer-$((6 * 7))");
            await("the shell's answer")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(console.heard()).contains("answer-42"));
        }
        vm.delete();
    }

    @Test
    void seesAGuestThatPowersItselfOff() throws Exception {
        Vm vm = Vm.directBoot(tenant, "power-off");

        type(vm, "poweroff");

        vm.awaitState("STOPPED");
        assertThat(vm.reason()).contains("GUEST_SHUTDOWN");
        assertThat(vm.show().get("desiredState").asString()).isEqualTo("STOPPED");
        vm.done("start", Map.of());
        vm.awaitState("RUNNING");
        vm.delete();
    }

    @Test
    void seesAGuestThatPanics() throws Exception {
        Vm vm = Vm.directBoot(tenant, "panic");

        type(vm, "echo c > /proc/sysrq-trigger");

        vm.awaitState("CRASHED");
        assertThat(vm.reason()).contains("GUEST_PANIC");
        vm.delete();
    }

    @Test
    void seesThatAGuestsProcessWasKilled() {
        Vm vm = Vm.directBoot(tenant, "killed");

        Cloud.shared().qemu(vm.id()).destroyForcibly();

        vm.awaitState("CRASHED");
        assertThat(vm.reason()).contains("PROCESS_KILLED");
        vm.done("start", Map.of());
        vm.awaitState("RUNNING");
        vm.delete();
    }

    @Test
    void runsABootSectorUnderKvmWhereTheDeviceAnswersAndSaysWhyElsewhere() {
        Map<String, Object> request = Vm.request("kvm");
        request.put("accelerator", "kvm");
        request.put("disks", List.of(Map.of("imageId", Images.shared().bootSector(), "sizeGiB", 1)));
        String verdict = Cloud.shared()
                .admin()
                .get("/v1/hosts")
                .at("/items/0/selfTest/verdict")
                .asString();
        if (verdict.equals("UNAVAILABLE")) {
            JsonNode waiting = awaitWaiting(tenant, tenant.post("/v1/vms", request));
            assertThat(waiting.at("/placement/0/rule").asString()).isEqualTo("accelerator");
            tenant.succeeded(tenant.delete("/v1/vms/" + waiting.get("targetId").asString()));
            return;
        }
        Vm vm = Vm.create(tenant, request);

        vm.awaitWords("yado-boot-sector: hello");
        assertThat(vm.show().get("accelerator").asString()).isEqualTo("kvm");
        vm.delete();
    }

    @Test
    void waitsWhenNoHostFitsSaysWhyForEachAndGoesOnWhenOneDoes() {
        JsonNode hosts = Cloud.shared().admin().get("/v1/hosts").get("items");
        long memory = hosts.get(0).at("/capacity/memoryMiB").asLong();
        List<Vm> fillers = IntStream.rangeClosed(1, Cloud.HOSTS)
                .mapToObj(host -> filler("filler-" + host, memory))
                .toList();

        JsonNode waiting = awaitWaiting(tenant, tenant.post("/v1/vms", large("late", memory)));
        assertThat(waiting.get("placement")).hasSize(Cloud.HOSTS).allSatisfy(host -> {
            assertThat(host.get("rule").asString()).isEqualTo("memory");
            assertThat(host.get("detail").asString()).contains("MiB of memory");
        });

        fillers.getFirst().delete();
        JsonNode operation = tenant.succeeded(waiting);
        assertThat(tenant.get("/v1/vms/" + operation.get("targetId").asString())
                        .get("state")
                        .asString())
                .isEqualTo("STOPPED");
        new Vm(tenant, operation.get("targetId").asString(), "late").delete();
        fillers.subList(1, fillers.size()).forEach(Vm::delete);
    }

    @Test
    void aTenantSeesNothingOfAnother() {
        Vm vm = Vm.create(tenant, large("private", 200));
        Api stranger = Cloud.shared().admin().newTenant("stranger");

        assertThat(stranger.call("GET", "/v1/vms/" + vm.id(), null).status()).isEqualTo(404);
        assertThat(stranger.call("DELETE", "/v1/vms/" + vm.id(), null).status()).isEqualTo(404);
        assertThat(stranger.call("GET", "/v1/vms/" + vm.id() + "/serial", null).status())
                .isEqualTo(404);
        assertThat(stranger.get("/v1/vms").get("items")).isEmpty();
        assertThat(stranger.call("GET", "/v1/hosts", null).status()).isEqualTo(403);
        vm.delete();
    }

    /** Defined but not started, so that it takes room and no processor. */
    private static Map<String, Object> large(String name, long memoryMiB) {
        Map<String, Object> request = Vm.request(name);
        request.put("memoryMiB", memoryMiB);
        request.put("disks", List.of(Map.of("sizeGiB", 1)));
        request.put("start", false);
        request.put("memoryMiB", Math.max(64, memoryMiB * 6 / 10));
        return request;
    }

    private static Vm filler(String name, long memoryMiB) {
        return Vm.create(tenant, large(name, memoryMiB));
    }

    private static JsonNode awaitWaiting(Api api, JsonNode accepted) {
        String path = "/v1/operations/" + accepted.get("id").asString();
        return await("the operation to wait with verdicts")
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> api.get(path),
                        operation -> operation.get("status").asString().equals("WAITING")
                                && !operation.path("placement").isEmpty());
    }

    private static void type(Vm vm, String line) throws Exception {
        try (Console console = new Console(vm)) {
            console.type(line);
            await("the echo of " + line)
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> console.heard().contains(line));
        }
    }

    private static int memoryMiB(String words) {
        var matcher = Pattern.compile("memory-mib=(\\d+)").matcher(words);
        assertThat(matcher.find()).isTrue();
        return Integer.parseInt(matcher.group(1));
    }
}
