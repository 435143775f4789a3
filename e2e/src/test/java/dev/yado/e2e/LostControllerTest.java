package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The controller's machine burns down. Another one gets its backup, and the cloud goes on; no guest has noticed. */
@Tag("guest")
class LostControllerTest {
    @Test
    void aFreshMachineBringsTheCloudBackUnderRunningGuests() throws Exception {
        Cloud lost = Cloud.start(Map.of(), "--hosts", "2");
        Path elsewhere = Files.createTempDirectory("yado-e2e-");
        // PostgreSQL runs as another user.
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwx--x--x"));
        try {
            Api tenant = lost.admin().newTenant("survivors");
            Map<String, Object> boot = Images.in(lost).directBoot();
            Network network = Network.create(tenant, "inner", "10.30.0.0/24");
            Vm kept = begin(tenant, boot, "kept", List.of(network.card("10.30.0.11")));
            Vm neighbour = begin(tenant, boot, "neighbour", List.of(network.card("10.30.0.12")));
            Vm startedLater = begin(tenant, boot, "started-later", List.of());
            Stream.of(kept, neighbour, startedLater).forEach(vm -> vm.awaitWords("yado-guest: ready"));
            startedLater.done("stop", Map.of("mode", "hard"));
            assertThat(new Operator(lost).types("controller", "backup").exit()).isZero();
            Path key = Files.copy(lost.state().resolve("recovery-key"), elsewhere.resolve("kept-key"));

            // What the backup does not know: a start, an end, and a VM.
            startedLater.done("start", Map.of());
            Vm stranger = begin(tenant, boot, "stranger", List.of());
            stranger.awaitWords("yado-guest: ready");
            List<Vm> running = List.of(kept, neighbour, startedLater, stranger);
            Map<String, Long> processes = new HashMap<>();
            Map<String, BeaconWitness> witnesses = new HashMap<>();
            for (Vm vm : running) {
                processes.put(vm.id(), lost.qemu(vm.id()).pid());
                witnesses.put(vm.id(), new BeaconWitness(lost, vm));
            }
            String internalPort = Files.readString(lost.state().resolve("internal-port"));

            lost.loseController();

            Path state = elsewhere.resolve("state");
            Operator operator = new Operator(lost);
            Operator.Said restored = operator.types(
                    "controller",
                    "restore",
                    "--repository",
                    lost.state().resolve("backups").toString(),
                    "--recovery-key-file",
                    key.toString(),
                    "--state",
                    state.toString());
            assertThat(restored.exit()).as(restored.toString()).isZero();
            Files.writeString(state.resolve("internal-port"), internalPort);
            int port = Integer.parseInt(lost.admin().url().replaceFirst(".*:", ""));
            Cloud found = Cloud.start(state, port, Map.of(), "--hosts", "0");

            // The same tokens, addresses and certificates: nobody has been told anything.
            Stream.of(kept, neighbour, startedLater).forEach(vm -> vm.awaitState("RUNNING"));
            found.awaitAllHosts();
            for (Vm vm : running) {
                assertThat(lost.qemu(vm.id()).pid()).as(vm.name()).isEqualTo(processes.get(vm.id()));
            }
            String entry = awaitStranger(found.admin(), stranger);
            assertThat(found.admin().get("/v1/vms").get("items").size())
                    .as("of the stranger nothing is assumed")
                    .isEqualTo(3);
            found.admin().post("/v1/drift/" + entry + "/resolve", Map.of("action", "ADOPT"));
            await("the stranger to be a VM again")
                    .atMost(Duration.ofMinutes(1))
                    .until(() ->
                            tenant.call("GET", "/v1/vms/" + stranger.id(), null).status() == 200);
            stranger.awaitState("RUNNING");
            for (Vm vm : running) {
                BeaconWitness witness = Objects.requireNonNull(witnesses.get(vm.id()));
                long beacon = witness.last();
                await(vm.name() + "'s beacon to go on")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> witness.last() > beacon);
                assertThat(witness.runs()).as("processes of " + vm.name()).hasSize(1);
                if (!vm.equals(startedLater)) {
                    witness.ranOnceAndForward();
                }
                assertThat(lost.qemu(vm.id()).pid()).as(vm.name()).isEqualTo(processes.get(vm.id()));
                witness.close();
            }

            // It commands its hosts: what they were told before is older than what it says.
            for (Vm vm : List.of(kept, startedLater)) {
                vm.done("stop", Map.of("mode", "hard"));
                assertThat(lost.qemus(vm.id())).isEmpty();
                vm.done("start", Map.of());
                vm.awaitState("RUNNING");
            }
            try (Shell shell = Shell.at(neighbour)) {
                await("guests to reach each other in their network")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> shell.net("ping 10.30.0.11 1").endsWith(" ok 1/1"));
            }
            running.forEach(Vm::delete);
            running.forEach(vm -> assertThat(lost.qemus(vm.id())).isEmpty());
            assertThat(found.admin()
                            .get("/v1/drift?kind=INVARIANT_BROKEN")
                            .get("items")
                            .size())
                    .isZero();
            found.end();
        } finally {
            lost.end();
            Files.deleteIfExists(elsewhere.resolve("kept-key"));
            elsewhere.toFile().delete();
        }
    }

    private static Vm begin(Api api, Map<String, Object> boot, String name, List<Map<String, Object>> cards) {
        Map<String, Object> request = Vm.request(name);
        request.put("boot", boot);
        request.put("nics", cards);
        return Vm.create(api, request);
    }

    /** @return the entry of the ledger that names it */
    private static String awaitStranger(Api admin, Vm stranger) {
        return await("the ledger to name the stranger")
                .atMost(Duration.ofMinutes(1))
                .until(
                        () -> {
                            for (JsonNode each : admin.get("/v1/drift?kind=GUEST_WITHOUT_ROW")
                                    .get("items")) {
                                if (each.path("vmId").asString("").equals(stranger.id())) {
                                    return each.get("id").asString();
                                }
                            }
                            return "";
                        },
                        id -> !id.isEmpty());
    }
}
