package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Moves of VMs, as an administrator asks for them. */
final class Move {
    private static final Duration LONGEST = Duration.ofMinutes(3);

    private Move() {}

    /** A host as the API names it: {@code host-1}. */
    static String idOf(String host) {
        for (JsonNode each : Cloud.shared().admin().get("/v1/hosts?limit=100").get("items")) {
            if (each.get("name").asString().equals(host)) {
                return each.get("id").asString();
            }
        }
        throw new AssertionError("no host " + host);
    }

    static String hostOf(Vm vm) {
        String id =
                Cloud.shared().admin().get("/v1/vms/" + vm.id()).get("hostId").asString();
        return Cloud.shared().admin().get("/v1/hosts/" + id).get("name").asString();
    }

    /** Some other host than the VM's. */
    static String awayFrom(String host) {
        List<String> names = new ArrayList<>();
        Cloud.shared()
                .admin()
                .get("/v1/hosts?limit=100")
                .get("items")
                .forEach(each -> names.add(each.get("name").asString()));
        return names.stream()
                .filter(name -> !name.equals(host))
                .sorted()
                .findFirst()
                .orElseThrow();
    }

    static JsonNode begin(Vm vm, String to, Map<String, Object> goal) {
        Map<String, Object> request = new HashMap<>(Map.of("hostId", idOf(to)));
        if (!goal.isEmpty()) {
            request.put("goal", goal);
        }
        return asAdministrator(vm).begin("migrate", request);
    }

    static Vm asAdministrator(Vm vm) {
        return new Vm(Cloud.shared().admin(), vm.id(), vm.name());
    }

    static JsonNode ended(JsonNode accepted) {
        return Cloud.shared().admin().ended(accepted.get("id").asString(), LONGEST);
    }

    /** Moves it there and says what became of it. */
    static JsonNode to(Vm vm, String host) {
        JsonNode operation = ended(begin(vm, host, Map.of()));
        assertThat(operation.get("status").asString())
                .as(operation.toPrettyString())
                .isEqualTo("SUCCEEDED");
        return newest(vm);
    }

    static JsonNode newest(Vm vm) {
        JsonNode items = Cloud.shared()
                .admin()
                .get("/v1/vms/" + vm.id() + "/migrations?limit=1")
                .get("items");
        assertThat(items.size()).as("migrations of " + vm.name()).isEqualTo(1);
        return items.get(0);
    }

    static void awaitCopying(Vm vm) {
        awaitCopying(vm, "MEMORY");
    }

    /** @param part MEMORY or DISKS */
    static void awaitCopying(Vm vm, String part) {
        await(part + " of " + vm.name() + " to be copied")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> {
                    JsonNode move = newest(vm);
                    assertThat(move.get("state").asString())
                            .as(move.toPrettyString())
                            .isEqualTo("COPYING");
                    assertThat(move.path("progress").path("part").asString("")).isEqualTo(part);
                });
    }

    /** Its guest is held, and only the destination can let it run. */
    static void awaitHeld(Vm vm) {
        await(vm.name() + " to be held")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(newest(vm).get("state").asString())
                        .as(newest(vm).toPrettyString())
                        .isIn("SWITCHING", "IN_DOUBT"));
    }

    static void awaitConcluded(Vm vm) {
        await("the move of " + vm.name() + " to be concluded")
                .atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(newest(vm).hasNonNull("endedAt"))
                        .as(newest(vm).toPrettyString())
                        .isTrue());
    }

    /** One process, on the host that the API names, and nothing of it anywhere else. */
    static void isWhollyOn(Vm vm, String host) {
        await(vm.name() + " to be on " + host + " and nowhere else")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> {
                    Cloud cloud = Cloud.shared();
                    assertThat(hostOf(vm)).isEqualTo(host);
                    List<ProcessHandle> processes = cloud.qemus(vm.id());
                    assertThat(processes).as("QEMU processes").hasSize(1);
                    assertThat(cloud.runsOn(processes.getFirst(), host)).isTrue();
                    assertThat(cloud.filesOf(vm.id()))
                            .as("files of it on other hosts")
                            .noneMatch(file -> file.startsWith(cloud.state().resolve("hosts"))
                                    && !file.startsWith(
                                            cloud.state().resolve("hosts").resolve(host)));
                });
    }
}
